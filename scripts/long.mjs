// npm run long: fuzzing with a big count, then every soak script; each leaves a row in docs/internals/long-runs.md.
// `--count N` sets the number of fuzzed programs.
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { bootstrap } from "./bootstrap.mjs";
import { hostNode, root } from "./nodes.mjs";

const { values } = parseArgs({ options: { count: { type: "string", default: "200000" } } });
const page = join(root, "docs/internals/long-runs.md");

bootstrap();
const soaks = existsSync(join(root, "conformance/long")) ? readdirSync(join(root, "conformance/long")) : [];
const seed = String(Math.floor(Math.random() * 2 ** 31));
const runs = [
	["conformance/fuzz.mjs", "--count", values.count, "--seed", seed],
	...soaks.filter((file) => file.endsWith(".mjs")).map((file) => [`conformance/long/${file}`]),
];
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
	const { status, signal, stdout } = spawnSync(hostNode, ["--expose-gc", script, ...args], {
		cwd: root,
		encoding: "utf8",
		maxBuffer: 1 << 28,
		stdio: ["ignore", "pipe", "inherit"],
	});
	process.stdout.write(stdout ?? "");
	const minutes = ((performance.now() - started) / 60_000).toFixed(1);
	const lastLine = (stdout ?? "").trimEnd().split("\n").at(-1).replaceAll("|", "/");
	const result = status === 0 ? lastLine : `**failed** (${signal ?? `exit ${status}`}): ${lastLine}`;
	const date = new Date().toISOString().slice(0, 10);
	appendFileSync(page, `| ${[date, commit, node, [script, ...args].join(" "), minutes, result].join(" | ")} |\n`);
	if (status !== 0) failed += 1;
}
console.log(`${runs.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
