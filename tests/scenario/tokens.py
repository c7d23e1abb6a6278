"""Tokens and keys made here, by hand and from the standards' text, so that what the server takes is not only what it made
itself. What takes public keys is signed by openssl."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import time

SECRET = bytes(range(32))


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Key:
    """A secret key and its file: Key(folder, "k1"). What it signs is verified wherever the file lies."""

    def __init__(self, folder, kid="k1", alg="HS256", secret=None, **members):
        self.kid, self.alg, self.folder = kid, alg, folder
        self.secret = secret or hashlib.sha256(f"{kid}/{alg}".encode()).digest()
        self.members = {"kty": "oct", "kid": kid, "alg": alg, "k": b64url(self.secret), **members}
        self.path = folder / f"{kid}.jwk"
        self.write()

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / f".{self.kid}.fresh"
        fresh.write_bytes(compact(self.members))
        os.replace(fresh, self.path)

    def remove(self):
        self.path.unlink()

    def sign(self, data):
        return hmac.digest(self.secret, data, "sha256")

    # ---- RFC 9246

    def jwt(self, uri=".*", expires=600, header=None, **claims):
        """A URI Signing token for URLs like `uri`, a regular expression. Claims that are None are left out."""
        now = int(time.time())
        claims = {"cdniuc": f"regex:{uri}", "exp": now + expires if expires is not None else None, **claims}
        head = {"alg": self.alg, "kid": self.kid, "typ": "JWT", **(header or {})}
        text = f"{b64url(compact(head))}.{b64url(compact({k: v for k, v in claims.items() if v is not None}))}"
        return f"{text}.{b64url(self.sign(text.encode()))}"

    # ---- CTA-5007

    def cat(self, claims=None, expires=600):
        """A Common Access Token: COSE_Mac0 under the CWT tag. Claims by number."""
        claims = {4: int(time.time()) + expires, **(claims or {})}
        protected, payload = cbor({1: 5}), cbor({k: v for k, v in claims.items() if v is not None})
        mac = self.sign(cbor(["MAC0", protected, b"", payload]))
        return b64url(b"\xd8\x3d\xd1" + cbor([protected, {4: self.kid.encode()}, payload, mac]))

    # ---- Akamai

    def edge_auth(self, acl="/*", expires=600, **fields):
        text = "~".join([*(f"{k}={v}" for k, v in fields.items()), f"exp={int(time.time()) + expires}", f"acl={acl}"])
        return f"{text}~hmac={self.sign(text.encode()).hex()}"

    # ---- nginx

    def secure_link(self, path, expires=600):
        """The query of a link that the usual expression signs: "{expires}{uri} {secret}"."""
        end = int(time.time()) + expires
        digest = hashlib.md5(f"{end}{path} ".encode() + self.secret).digest()
        return f"md5={b64url(digest)}&expires={end}"


class RsaKey:
    """A pair of openssl's, in a file that holds the public half only."""

    def __init__(self, folder, kid="cf", alg="CloudFront"):
        folder.mkdir(parents=True, exist_ok=True)
        self.kid, self.pem = kid, folder / f".{kid}.pem"
        run = lambda *words, **how: subprocess.run(["openssl", *words], check=True, capture_output=True, **how).stdout
        run("genrsa", "-out", str(self.pem), "2048")
        modulus = bytes.fromhex(run("rsa", "-in", str(self.pem), "-noout", "-modulus").decode().strip().split("=")[1])
        (folder / f"{kid}.jwk").write_bytes(
            compact({"kty": "RSA", "kid": kid, "alg": alg, "n": b64url(modulus), "e": "AQAB"}))

    def sign(self, data, digest="-sha256"):
        return subprocess.run(["openssl", "dgst", digest, "-sign", str(self.pem)], input=data, check=True,
                              capture_output=True).stdout

    def cloudfront(self, url, expires=600, policy=None):
        """The query of a signed URL: a canned policy for `url`, or the custom one that is given."""
        safe = lambda data: base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))
        end = int(time.time()) + expires
        text = compact(policy or {"Statement": [{"Resource": url, "Condition": {"DateLessThan": {"AWS:EpochTime": end}}}]})
        said = f"Policy={safe(text)}" if policy else f"Expires={end}"
        return f"{said}&Signature={safe(self.sign(text, '-sha1'))}&Key-Pair-Id={self.kid}"


def cbor(value):
    """RFC 8949, deterministically: what tokens need."""
    def head(major, number):
        for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)):
            if number < 24:
                return bytes([major << 5 | number])
            if number < 1 << 8 * size:
                return bytes([major << 5 | code]) + number.to_bytes(size, "big")
        raise OverflowError(number)

    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    pairs = sorted((cbor(k), cbor(v)) for k, v in value.items())
    return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)


# ---- where a token is put


def in_path(token, path, name="URISigningPackage"):
    return f"/{name}={token}{path}"


def in_query(token, path, name="URISigningPackage"):
    return f"{path}{'&' if '?' in path else '?'}{name}={token}"


def cookie(token, name="URISigningPackage"):
    return f"Cookie: {name}={token}"


def auth_toml(folder, *rules, **options):
    """[auth] with the keys in `folder`, and an [[access]] for each dictionary."""
    lines = ["[auth]", f'keys = "{folder}"', *(f"{k} = {literal(v)}" for k, v in options.items())]
    for rule in rules:
        lines += ["[[access]]", *(f"{k} = {literal(v)}" for k, v in rule.items())]
    return "\n".join(lines) + "\n"


def literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if not isinstance(value, os.PathLike) else json.dumps(str(value))
