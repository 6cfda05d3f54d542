"""The nginx in front: slow or huge requests end here, the feed passes unbuffered, everything else goes to
granian."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gridmgmt.ops import accounts
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.shell import run

BODY_LIMIT = "64m"
# A register as one file (importers.limits.UPLOAD_BYTES) and what a form adds around it.
FILE_LIMIT = "520m"


def program() -> str:
    """nginx; its folder is not in every user's PATH."""
    found = shutil.which("nginx", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if not found:
        raise OpsError("nginx is not installed", "An administrator runs: apt-get install nginx-light")
    return found


def render(*, host: str, port: int, web: int, feed: int, folder: Path, user: str = "") -> str:
    """nginx.conf. No access log, so no query string and no client address is kept; where an address must hold
    a secret (position tokens, keys of Open311) grave faults are not written either, for they quote the request.
    deploy/proxy.conf.template (compose) follows the same rules."""
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"""# Written by gridmgmt.ops at every start.
{f"user {user};" if user else ""}
worker_processes auto;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log stderr crit;
daemon off;
events {{ worker_connections 4096; }}
http {{
  {mime_types()}
  default_type application/octet-stream;
  access_log off;
  server_tokens off;
  sendfile on;
  underscores_in_headers off;
  client_max_body_size {BODY_LIMIT};
  client_body_timeout 20s;
  client_header_timeout 20s;
  send_timeout 60s;
  keepalive_timeout 65s;
  reset_timedout_connection on;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/unused; uwsgi_temp_path {folder}/unused; scgi_temp_path {folder}/unused;
  gzip on;
  gzip_proxied any;
  gzip_min_length 1024;
  gzip_types text/css text/javascript application/javascript application/json
    application/geo+json image/svg+xml;
  # Everybody met the same restart; they shall not come back in the same second.
  split_clients "$request_id" $come_again {{ 10% 3; 10% 4; 10% 5; 10% 6; 10% 7; 10% 8; 10% 9; 10% 10; 10% 11; * 12; }}
  upstream web {{ server 127.0.0.1:{web} max_fails=0; keepalive 32; }}
  upstream feed {{ server 127.0.0.1:{feed} max_fails=0; }}
  server {{
    listen {listen} backlog=1024;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Queued-At $msec;
    proxy_connect_timeout 5s;
    error_page 502 504 =503 @restarting;
    location /feed/ {{
      proxy_pass http://feed;
      proxy_buffering off;
      proxy_read_timeout 1h;
      gzip off;
    }}
    location = /import/new {{
      client_max_body_size {FILE_LIMIT};
      proxy_pass http://web;
      proxy_request_buffering on;
      proxy_read_timeout 300s;
    }}
    location = /api/osmand {{
      error_log /dev/null emerg;
      proxy_pass http://web;
      proxy_request_buffering on;
      proxy_read_timeout 120s;
    }}
    location /open311/ {{
      error_log /dev/null emerg;
      proxy_pass http://web;
      proxy_request_buffering on;
      proxy_read_timeout 120s;
    }}
    location / {{
      proxy_pass http://web;
      proxy_request_buffering on;
      proxy_read_timeout 120s;
    }}
    location @restarting {{
      internal;
      default_type application/json;
      add_header Retry-After $come_again always;
      add_header Cache-Control no-store always;
      return 503 '{{"code":"temporarily_unavailable","message":"Restarting. Nothing was lost; try again.","data":{{}}}}';
    }}
  }}
}}
"""


def mime_types() -> str:
    """The include of the distribution's table, where there is one."""
    for table in (
        "/etc/nginx/mime.types",
        "/opt/homebrew/etc/nginx/mime.types",
        "/usr/local/etc/nginx/mime.types",
    ):
        if Path(table).exists():
            return f"include {table};"
    return ""


def write(
    layout: Layout, *, host: str, port: int, ports: dict[str, int], account: accounts.Account
) -> list[str]:
    """Writes and checks the configuration; returns the command that runs nginx in the foreground."""
    folder = accounts.own_folder(layout.var / "nginx", account, 0o755)
    user = account.name if accounts.is_root() else ""
    config = folder / "nginx.conf"
    text = render(host=host, port=port, web=ports["web"], feed=ports["feed"], folder=folder, user=user)
    config.write_text(text, encoding="utf-8")
    command = [program(), "-c", str(config), "-p", str(folder), "-e", "stderr"]
    run([*command, "-t"], doing="checking the proxy's configuration")
    return command
