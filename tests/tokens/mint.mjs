// Keys and tokens of independent implementations, as one JSON object on standard output: what jose, @eyevinn/cat, Amazon's and
// Akamai's own packages make for the URL that is given as the first argument.
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { getSignedCookies, getSignedUrl } from '@aws-sdk/cloudfront-signer';
import cat from '@eyevinn/cat';
import EdgeAuth from 'akamai-edgeauth';
import { SignJWT } from 'jose';

const url = process.argv[2];
const path = new URL(url).pathname;
const expires = Math.floor(Date.now() / 1000) + 3600;
const keys = [];
const tokens = [];

const publish = (publicKey, kid, alg) => keys.push({ ...publicKey.export({ format: 'jwk' }), kid, alg });
const keep = (bytes, kid, alg) => keys.push({ kty: 'oct', k: bytes.toString('base64url'), kid, alg });

async function jwt(alg, key) {
  const token = await new SignJWT({ cdniuc: 'regex:http://.*/vod/.*' }).setProtectedHeader({ alg, kid: `jose-${alg}` })
    .setSubject('anna').setIssuedAt().setExpirationTime(expires).sign(key);
  tokens.push({ name: `jose ${alg}`, format: 'uri-signing', token });
}

const secret = randomBytes(32);
keep(secret, 'jose-HS256', 'HS256');
await jwt('HS256', createSecretKey(secret));
for (const [alg, kind, options] of [['ES256', 'ec', { namedCurve: 'P-256' }], ['EdDSA', 'ed25519', {}], ['RS256', 'rsa', { modulusLength: 2048 }]]) {
  const pair = generateKeyPairSync(kind, options);
  publish(pair.publicKey, `jose-${alg}`, alg);
  await jwt(alg, pair.privateKey);
}

const catSecret = randomBytes(32);
keep(catSecret, 'eyevinn', 'HS256');
const maker = new cat.CAT({ keys: { eyevinn: catSecret }, expectCwtTag: true });
tokens.push({
  name: 'eyevinn HS256',
  format: 'cat',
  token: (await maker.generateFromJson({ sub: 'anna', exp: expires, catu: { path: { 'prefix-match': '/vod/' } }, catm: ['GET', 'HEAD'] }, { type: 'mac', alg: 'HS256', kid: 'eyevinn' }))
    .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
});

const cloudfront = generateKeyPairSync('rsa', { modulusLength: 2048 });
publish(cloudfront.publicKey, 'amazon', 'CloudFront');
const privateKey = cloudfront.privateKey.export({ type: 'pkcs1', format: 'pem' });
const query = (signed) => new URL(signed).search.slice(1);
const until = new Date(expires * 1000).toISOString();
tokens.push({ name: 'amazon canned', format: 'cloudfront', token: query(getSignedUrl({ url, keyPairId: 'amazon', privateKey, dateLessThan: until })) });
const policy = JSON.stringify({ Statement: [{ Resource: `${new URL(url).origin}/vod/*`, Condition: { DateLessThan: { 'AWS:EpochTime': expires } } }] });
const cookies = getSignedCookies({ keyPairId: 'amazon', privateKey, policy });
tokens.push({
  name: 'amazon custom',
  format: 'cloudfront',
  token: ['Policy', 'Signature', 'Key-Pair-Id'].map((name) => `${name}=${cookies[`CloudFront-${name}`]}`).join('&'),
});

const akamai = randomBytes(32);
keep(akamai, 'akamai', 'EdgeAuth');
const edge = new EdgeAuth({ key: akamai.toString('hex'), endTime: expires, escapeEarly: false });
tokens.push({ name: 'akamai ACL', format: 'edge-auth', token: edge.generateACLToken(['/vod/*', '/live/*']) });
tokens.push({ name: 'akamai URL', format: 'edge-auth', token: edge.generateURLToken(path) });

process.stdout.write(JSON.stringify({ keys, tokens }));
