// Runs the portable bundle on every runtime: npm run runtimes [-- node20 bun …]
// The bundle is one ES module that ends by printing a line of JSON, { "passed": number, "failed": number }.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { hostNode, root } from "./nodes.mjs";

const home = join(root, "scripts/runtimes");
const node = (name) => ({ program: join(home, "node_modules", name, "bin/node"), flags: [] });
const runtimes = {
	node20: node("node20"),
	node22: node("node22"),
	node24: node("node24"),
	node26: node("node26"),
	bun: { program: join(home, "node_modules/.bin/bun"), flags: ["run"] },
	deno: { program: join(home, "node_modules/.bin/deno"), flags: ["run", "--allow-all", "--no-config"] },
};
const longestRun = 600_000;

function install() {
	const record = join(home, "node_modules/.package-lock.json");
	if (existsSync(record) && statSync(record).mtimeMs >= statSync(join(home, "package-lock.json")).mtimeMs) return;
	console.log("installing the runtimes (npm ci) …");
	execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: home, stdio: ["ignore", 2, 2] });
}

function runOn({ program, flags }, bundle) {
	const { status, signal, stdout, stderr, error } = spawnSync(program, [...flags, bundle], {
		encoding: "utf8",
		timeout: longestRun,
		maxBuffer: 1 << 28,
	});
	const counts = lastJson(stdout ?? "");
	if (counts?.failed === 0 && counts.passed > 0 && status === 0) return counts;
	console.log((stdout ?? "") + (stderr ?? ""));
	return {
		passed: counts?.passed ?? 0,
		failed: counts?.failed || 1,
		note: String(error?.message ?? signal ?? `exit ${status}`),
	};
}

function lastJson(output) {
	const line = output.split("\n").findLast((candidate) => candidate.startsWith("{"));
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(runtimes);
const unknown = wanted.filter((name) => runtimes[name] === undefined);
if (unknown.length > 0)
	throw new Error(`No such runtime: ${unknown.join(", ")}. Known: ${Object.keys(runtimes).join(", ")}`);

bootstrap();
install();
const directory = mkdtempSync(join(tmpdir(), "holdfast-portable-"));
try {
	const bundle = join(directory, "portable.mjs");
	execFileSync(hostNode, [join(root, "conformance/portable.mjs"), bundle], { stdio: "inherit" });
	const total = { passed: 0, failed: 0 };
	for (const name of wanted) {
		const started = performance.now();
		const { passed, failed, note } = runOn(runtimes[name], bundle);
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		console.log(`${name.padEnd(8)} ${passed} ok, ${failed} not, ${seconds} s${note === undefined ? "" : ` (${note})`}`);
		total.passed += passed;
		total.failed += failed;
	}
	console.log(`${total.passed} passed, ${total.failed} failed`);
	process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
} finally {
	rmSync(directory, { recursive: true });
}
