// Reads semantic models with Microsoft's Tabular Object Model, the library by which Power BI reads TMDL, and lets it write
// them again: each line must be there.
//
//     node read_models.mjs MODULES FOLDER.SemanticModel...
//
// MODULES holds node_modules with @microsoft/powerbi-modeling-mcp, the only build of the library outside NuGet: a server that
// speaks JSON-RPC on stdin and stdout. It opens models offline, from their folders.

import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const [modules, ...folders] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const platform = `@microsoft/powerbi-modeling-mcp-${process.platform}-${process.arch}`;
const program = path.join(path.dirname(require.resolve(`${platform}/package.json`)), "dist", "powerbi-modeling-mcp");
chmodSync(program, 0o755);

const server = spawn(program, ["--start"], { stdio: ["pipe", "pipe", "ignore"] });
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
let id = 0;

function send(message) {
  server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

async function call(method, params) {
  id += 1;
  send({ id, method, params });
  for (;;) {
    const { value, done } = await lines.next();
    if (done) {
      throw new Error(`the server ended before it answered ${method}`);
    }
    const answer = JSON.parse(value);
    if (answer.id === id) {
      if (answer.error) {
        throw new Error(answer.error.message);
      }
      return answer.result;
    }
  }
}

/** What a tool answers, as an object; its refusal is an error. */
async function tool(name, request) {
  const result = await call("tools/call", { name, arguments: { request } });
  const answer = JSON.parse(result.content[0].text);
  if (result.isError) {
    throw new Error(answer.message);
  }
  return answer.data;
}

/** Lines of every TMDL file below `folder`, by path; empty lines mean nothing. */
function model(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".tmdl"));
  const read = (file) => readFileSync(path.join(folder, file), "utf8").split(/\r?\n/);
  return new Map(files.sort().map((file) => [file, read(file).map((line) => line.trimEnd()).filter(Boolean)]));
}

/** The first difference in words. */
function difference(written, again) {
  for (const file of new Set([...written.keys(), ...again.keys()])) {
    const [ours, theirs] = [written.get(file) ?? [], again.get(file) ?? []];
    for (let at = 0; at < Math.max(ours.length, theirs.length); at += 1) {
      if (ours[at] !== theirs[at]) {
        return `${file}: written ${JSON.stringify(ours[at])}, written again ${JSON.stringify(theirs[at])}`;
      }
    }
  }
  return undefined;
}

let failed = false;
const scratch = mkdtempSync(path.join(tmpdir(), "ctlake-model-"));
try {
  await call("initialize", {
    protocolVersion: "2025-03-26",
    capabilities: {},
    clientInfo: { name: "ctlake", version: "1" },
  });
  send({ method: "notifications/initialized" });
  for (const [index, folder] of folders.entries()) {
    const again = path.join(scratch, String(index));
    try {
      const read = await tool("connection_operations", {
        operation: "ConnectFolder",
        folderPath: path.resolve(folder),
      });
      await tool("database_operations", { operation: "ExportToTmdlFolder", tmdlFolderPath: again });
      const definition = path.join(folder, "definition");
      const found = existsSync(again) ? difference(model(definition), model(again)) : "nothing was written again";
      if (found) {
        throw new Error(found);
      }
      const { tablesLoaded, measuresLoaded, relationshipsLoaded } = read;
      console.log(`${folder}: ${tablesLoaded} tables, ${measuresLoaded} measures, ${relationshipsLoaded} relationships`);
    } catch (error) {
      failed = true;
      console.log(`error: ${folder}: ${error.message}`);
    }
  }
} finally {
  server.kill();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
