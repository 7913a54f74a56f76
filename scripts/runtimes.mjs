// Runs the conformance suite's portable bundles on every runtime: npm run runtimes [-- node20 bun …]
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { root } from "./nodes.mjs";

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
const longestRun = 120_000;

function install() {
	const record = join(home, "node_modules/.package-lock.json");
	if (existsSync(record) && statSync(record).mtimeMs >= statSync(join(home, "package-lock.json")).mtimeMs) return;
	console.log("installing the runtimes (npm ci) …");
	execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: home, stdio: ["ignore", 2, 2] });
}

/** A bundle ends by printing `{ frontEnd, results: { id, title, outcome, message }[] }` as one line of JSON. */
function runOn({ program, flags }, bundle) {
	const { status, signal, stdout, stderr, error } = spawnSync(program, [...flags, bundle], {
		encoding: "utf8",
		timeout: longestRun,
		maxBuffer: 1 << 28,
	});
	const line = stdout?.split("\n").findLast((candidate) => candidate.startsWith('{"frontEnd"'));
	if (line === undefined) {
		console.log(`no results (${error?.message ?? signal ?? `exit ${status}`})\n${stdout}${stderr}`);
		return { passed: 0, failed: 1 };
	}
	const { results } = JSON.parse(line);
	const failures = results.filter(({ outcome }) => outcome === "failed");
	for (const { id, title, message } of failures)
		console.log(`✗ ${id} ${title}\n  ${message?.replaceAll("\n", "\n  ")}`);
	return { passed: results.filter(({ outcome }) => outcome === "passed").length, failed: failures.length };
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(runtimes);
const unknown = wanted.filter((name) => runtimes[name] === undefined);
if (unknown.length > 0)
	throw new Error(`No such runtime: ${unknown.join(", ")}. Known: ${Object.keys(runtimes).join(", ")}`);

bootstrap();
install();
const { buildVariant, frontEnds } = await import("../conformance/build.mjs");
const bundles = [];
for (const frontEnd of frontEnds) bundles.push([frontEnd, await buildVariant(frontEnd)]);

const total = { passed: 0, failed: 0 };
for (const name of wanted) {
	for (const [frontEnd, bundle] of bundles) {
		const started = performance.now();
		const { passed, failed } = runOn(runtimes[name], bundle);
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		console.log(`${name.padEnd(8)} ${frontEnd.padEnd(12)} ${passed} ok, ${failed} not, ${seconds} s`);
		total.passed += passed;
		total.failed += failed;
	}
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
