// Sockets on a runtime with a command line: the contracts of streams and listeners over TCP, TLS and Unix sockets.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../nodes.mjs";

const contracts = join(root, "packages/node/test/contracts.mjs");
const longest = 200_000;

/** Gives `{ ids, broken, results }`. */
export async function checkSockets({ program, flags }) {
	// Deno finds the packages by the configuration, which the portable bundles do without.
	const words = [...flags.filter((flag) => flag !== "--no-config"), contracts];
	const child = spawn(program, words, {
		cwd: root,
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
			id: "sockets",
			outcome: "failed",
			message: `the process has ended with ${end}\n${errors.slice(-3_000)}`,
		});
	return { ids: results.map(({ id }) => id), broken: [], results };
}
