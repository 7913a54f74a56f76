// npm run long: fuzzing with a big count, then every soak script; each leaves a row in docs/internals/long-runs.md.
// `--count N` sets the number of fuzzed programs; `--only TEXT` runs only what has this in its name.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { bootstrap } from "./bootstrap.mjs";
import { hostNode, root } from "./nodes.mjs";

const { values } = parseArgs({
	options: { count: { type: "string", default: "200000" }, only: { type: "string", default: "" } },
});
const page = join(root, "docs/internals/long-runs.md");

bootstrap();
const soaks = existsSync(join(root, "conformance/long")) ? readdirSync(join(root, "conformance/long")) : [];
const seed = String(Math.floor(Math.random() * 2 ** 31));
const runs = [
	["conformance/fuzz.mjs", "--count", values.count, "--seed", seed],
	...soaks.filter((file) => file.endsWith(".mjs")).map((file) => [`conformance/long/${file}`]),
].filter(([script]) => script.includes(values.only));
const commit = execFileSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" }).trim();
const node = execFileSync(hostNode, ["--version"], { encoding: "utf8" }).trim();

if (!existsSync(page)) {
	mkdirSync(dirname(page), { recursive: true });
	const head = "| date | commit | Node | run | minutes | result |\n| --- | --- | --- | --- | --- | --- |\n";
	writeFileSync(page, `# Long runs\n\nWhat \`npm run long\` found, newest last.\n\n${head}`);
}
let failed = 0;
for (const [script, ...args] of runs) {
	const started = performance.now();
	const { end, lastLine } = await execute(script, ...args);
	const minutes = ((performance.now() - started) / 60_000).toFixed(1);
	const result = end === 0 ? lastLine : `**failed** (${end}): ${lastLine}`;
	const cells = [new Date().toISOString().slice(0, 10), commit, node, [script, ...args].join(" "), minutes, result];
	appendFileSync(page, `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`);
	if (end !== 0) failed += 1;
}
console.log(`${runs.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Shows the output as it comes and keeps its last line. */
function execute(...command) {
	return new Promise((resolve) => {
		const child = spawn(hostNode, ["--expose-gc", ...command], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
		let lastLine = "";
		createInterface({ input: child.stdout }).on("line", (line) => {
			console.log(line);
			if (line.trim() !== "") lastLine = line;
		});
		child.on("close", (code, signal) => resolve({ end: code ?? signal, lastLine }));
	});
}
