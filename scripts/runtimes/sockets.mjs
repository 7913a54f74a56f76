// What @holdfast/node does on a runtime with a command line: the contracts of streams and listeners over TCP, TLS and Unix
// sockets, and then processes, files, signals, workers and servers.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../nodes.mjs";

const longest = 200_000;

/** Gives `{ ids, broken, results }`. */
export async function checkSockets(runtime) {
	const results = [];
	for (const file of ["contracts.mjs", "faces.mjs"]) results.push(...(await runFile(runtime, file)));
	return { ids: results.map(({ id }) => id), broken: [], results };
}

async function runFile({ program, flags }, file) {
	// Deno finds the packages by the configuration, which the portable bundles do without.
	const words = flags.filter((flag) => flag !== "--no-config");
	const child = spawn(program, [...words, join(root, "packages/node/test", file)], {
		cwd: root,
		env: { ...process.env, HOLDFAST_CHILD: JSON.stringify([program, ...words]) },
		stdio: ["ignore", "pipe", "pipe"],
		timeout: longest,
	});
	let printed = "";
	let errors = "";
	child.stdout.on("data", (chunk) => (printed += chunk));
	child.stderr.on("data", (chunk) => (errors += chunk));
	const end = await new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code, signal) => resolve(code ?? signal));
	});
	const results = printed
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.map((line) => JSON.parse(line));
	if (end !== 0)
		results.push({
			id: file,
			outcome: "failed",
			message: `the process has ended with ${end}\n${errors.slice(-3_000)}`,
		});
	return results;
}
