// An S3 server on a loopback port, printed as it begins: s3rver, which keeps a bucket in a directory but takes
// any signature of version 4, behind a check of each with the signer of Amazon's own SDK.
//
//   node s3.mjs <directory> <bucket>     the key is S3RVER, its secret S3RVER
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import S3rver from "s3rver";

const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

function refuse(ctx, code) {
  ctx.status = 403;
  ctx.type = "application/xml";
  ctx.body = `<?xml version="1.0"?>\n<Error><Code>${code}</Code></Error>`;
}

// As S3 writes a key, whatever escapes it came with.
function canonical(path) {
  const escape = (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase();
  return path.split("/").map((part) => encodeURIComponent(decodeURIComponent(part)).replace(/[!'()*]/g, escape)).join("/");
}

// What is wrong with how a request is signed.
async function complaint({ method, path, query, headers }) {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
    .exec(headers.authorization ?? "");
  if (!given) return "AccessDenied";
  const [, key, region, names, signature] = given;
  if (key !== credentials.accessKeyId) return "InvalidAccessKeyId";
  const signed = names.split(";");
  if (!["host", "x-amz-content-sha256", "x-amz-date"].every((name) => signed.includes(name))) return "AccessDenied";
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers["x-amz-date"]) ?? [];
  const signingDate = new Date(Date.UTC(y, mo - 1, d, h, mi, s));
  if (!(Math.abs(Date.now() - signingDate) < 15 * 60_000)) return "RequestTimeTooSkewed";
  const signer = new SignatureV4({ credentials, region, service: "s3", sha256: Sha256, uriEscapePath: false });
  const subject = { method, protocol: "http:", hostname: headers.host, path: canonical(path), query: { ...query },
                    headers: Object.fromEntries(signed.map((name) => [name, headers[name] ?? ""])) };
  const right = await signer.sign(subject, { signingDate, signableHeaders: new Set(signed) });
  return right.headers.authorization.endsWith(`Signature=${signature}`) ? null : "SignatureDoesNotMatch";
}

const [directory, bucket] = process.argv.slice(2);
const server = new S3rver({ directory, address: "127.0.0.1", port: 0, silent: true, vhostBuckets: false,
                            configureBuckets: [{ name: bucket }] });
server.middleware.unshift(async (ctx, next) => {
  const wrong = await complaint(ctx);
  return wrong ? refuse(ctx, wrong) : next();
});
const { port } = await server.run();
console.log(`listening on ${port}`);
