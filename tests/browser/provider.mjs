// Starts the provider under test, and owns it: knows its credentials and changes its settings.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.CARDEA_BINARY ?? fileURLToPath(new URL("../../target/debug/cardea", import.meta.url));

/** A provider that keeps nothing, on a port of its own. */
export async function startProvider() {
  const server = spawn(BINARY, ["--ephemeral", "--port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = () => server.kill();
  process.once("exit", kill);
  const credentials = await announcedCredentials(server);
  return {
    ...credentials,
    at: (path) => new URL(path, credentials.issuer).href,
    manage: (method, path, body) => manage(credentials, method, path, body),
    openRegistration: () =>
      manage(credentials, "PATCH", "tenants/settings", {
        flags: { enable_dynamic_client_registration: true },
      }),
    async stop() {
      process.off("exit", kill);
      const exited = once(server, "exit");
      kill();
      await exited;
    },
  };
}

/** Reads the JSON object that an ephemeral provider prints before its last line. */
async function announcedCredentials(server) {
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  let announcement = "";
  for await (const text of server.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    announcement += text;
    if (announcement.includes("Stop it with")) {
      const json = announcement.slice(announcement.indexOf("{"), announcement.lastIndexOf("}") + 1);
      return JSON.parse(json);
    }
  }
  throw new Error(`${BINARY} ended before it was ready.\n${log}`);
}

/** What the Management API answers. */
async function manage({ issuer, management }, method, path, body) {
  const { access_token } = await accepted(`${issuer}oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", ...management }),
  });
  return accepted(`${issuer}api/v2/${path}`, {
    method,
    headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function accepted(url, init) {
  const response = await fetch(url, init);
  const answer = await response.json();
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}
