"""Origins that others wrote, on loopback ports and in a folder of the test's own: nginx, and a server that speaks S3."""
import json
import os
import re
import socket
import subprocess

from harness import ROOT, until

NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
  {temporary}
  log_format told escape=json '{{"request":"$request","status":$status,"range":"$http_range","if_range":"$http_if_range",'
                  '"if_none_match":"$http_if_none_match","bytes":$body_bytes_sent,"connection":$connection}}';
  access_log {folder}/access.log told;
  default_type application/octet-stream;
  types {{ text/plain txt; }}
  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 1;
  gzip_types text/plain;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/root;
    location / {{ add_header Cache-Control max-age=600; }}
    location /stale/ {{ alias {folder}/root/; add_header Cache-Control max-age=0; }}
    location /untold/ {{ alias {folder}/root/; }}
    location = /moved {{ return 302 /film; }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """A process that ends with the test; `folder` is its own."""

    def begin(self, *words):
        self.log = self.folder / "said"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)

    def wait_until_it_listens(self):
        def is_there():
            assert self.process.poll() is None, self.log.read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        until(is_there, "it listens")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Nginx(Program):
    def __init__(self, folder):
        self.folder, self.root = folder, folder / "root"
        self.root.mkdir(parents=True)
        self.port = free_port()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {folder}/temporary;" for kind in kinds)
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=self.port, temporary=temporary))
        self.begin("/usr/sbin/nginx", "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config))
        self.wait_until_it_listens()
        self.url = f"http://127.0.0.1:{self.port}"

    def asked(self, count):
        """What it was asked for, once so many requests are in its log."""
        def lines():
            return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]
        until(lambda: len(lines()) >= count, f"nginx has noted {count} requests")
        return lines()


class S3(Program):
    """Keeps what it has in a folder; everything else than a request signed for S3RVER is refused."""

    bucket, key, secret = "films", "S3RVER", "S3RVER"

    def __init__(self, folder):
        self.folder = folder
        (folder / self.bucket).mkdir(parents=True)
        self.begin("node", str(ROOT / "tests/origins/s3.mjs"), str(folder), self.bucket)
        self.port = int(until(self.told, "the S3 server listens").group(1))
        self.url = f"http://127.0.0.1:{self.port}"

    def told(self):
        assert self.process.poll() is None, self.log.read_text()
        return re.search(r"listening on (\d+)\n", self.log.read_text())

    def put(self, key, body, time=1_700_000_000, **fields):
        path = self.folder / self.bucket / f"{key}._S3rver_object"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (time, time))
        path.with_name(path.name + ".md5").unlink(missing_ok=True)
        path.with_name(path.name.removesuffix("object") + "metadata.json").write_text(json.dumps(
            {name.replace("_", "-"): value for name, value in fields.items()}))

    def origin(self, folder, secret=secret, **more):
        """As options of an [[origin]]."""
        file = folder / "secret"
        file.write_text(secret + "\n")
        return {"url": self.url, "s3_bucket": self.bucket, "s3_key": self.key, "s3_secret_file": str(file), **more}
