// Brings a checkout to where it can run: right Node, dependencies of the lock file, fresh build.
// Uses no dependency and takes a few milliseconds when there is nothing to do.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { hostNode, isAtLeast, root } from "./nodes.mjs";

const minimumNode = "20.19";

export function bootstrap() {
	if (!isAtLeast(process.versions.node, minimumNode)) {
		stop(`Holdfast needs Node ${minimumNode} or newer; this is ${process.version}.`);
	}
	if (!isInstalled()) {
		step("installing dependencies (npm ci)", () => npm("ci", "--no-audit", "--no-fund", "--loglevel=error"));
		if (!isInstalled()) stop("npm ci did not install what package-lock.json names.");
	}
	const stamp = join(root, "node_modules/.holdfast-build");
	const sources = hashSources();
	if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== sources || !isBuilt()) {
		step("building (tsc -b)", () => {
			execute(hostNode, ["node_modules/typescript/bin/tsc", "-b"]);
			execute(hostNode, ["scripts/production.mjs"]);
		});
		writeFileSync(stamp, sources);
	}
}

/** npm keeps its own record of what it installed; it is compared with the lock file, package by package. */
function isInstalled() {
	const record = join(root, "node_modules/.package-lock.json");
	if (!existsSync(record)) return false;
	const installed = JSON.parse(readFileSync(record, "utf8")).packages;
	const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
	return Object.entries(locked).every(([path, entry]) => {
		if (!path.includes("node_modules/")) return true;
		const found = installed[path];
		if (found === undefined) return entry.optional === true;
		return found.version === entry.version && found.link === entry.link;
	});
}

function packages() {
	const directory = join(root, "packages");
	return readdirSync(directory).filter((name) => existsSync(join(directory, name, "tsconfig.json")));
}

function isBuilt() {
	const built = packages().map((name) => `${name}/dist/.tsbuildinfo`);
	return [...built, "holdfast/dist/production/index.js"].every((file) => existsSync(join(root, "packages", file)));
}

function hashSources() {
	const hash = createHash("sha256");
	const settings = ["tsconfig.base.json", "tsconfig.json", "package-lock.json", "scripts/production.mjs"];
	const files = settings.map((name) => join(root, name));
	for (const name of packages()) {
		const directory = join(root, "packages", name);
		files.push(join(directory, "package.json"), join(directory, "tsconfig.json"));
		for (const file of readdirSync(join(directory, "src"), { recursive: true })) {
			if (/\.[cm]?tsx?$/.test(file)) files.push(join(directory, "src", file));
		}
	}
	for (const file of files.sort())
		hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
	return hash.digest("hex");
}

function step(title, action) {
	const started = performance.now();
	console.error(`holdfast: ${title} …`);
	action();
	console.error(`holdfast: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function npm(...args) {
	const cli = process.env.npm_execpath;
	if (cli === undefined) execute("npm", args);
	else execute(hostNode, [cli, ...args]);
}

function execute(command, args) {
	// Progress goes to standard error: standard output belongs to the program.
	const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
	if (error !== undefined) stop(`${command} could not be started: ${error.message}`);
	if (status !== 0) stop(`${[command, ...args].join(" ")} failed.`);
}

function stop(message) {
	console.error(`holdfast: ${message}`);
	process.exit(1);
}
