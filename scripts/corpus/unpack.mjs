// The packages of packages.json, unpacked as the registry gives them: no dependencies, no scripts.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import picomatch from "picomatch";
import { hostNode } from "../nodes.mjs";

export const corpusFolder = resolve(process.env.CORPUS || join(tmpdir(), "holdfast-corpus"));

/**
 * @typedef {object} CorpusPackage
 * @property {string} name
 * @property {string} version
 * @property {string} integrity of the archive, as the registry gives it
 * @property {string[]} files globs of what is its own code and stands in it once; `!` leaves out
 */

/** @returns {CorpusPackage[]} */
export function readCorpus() {
	const packages = JSON.parse(readFileSync(new URL("packages.json", import.meta.url), "utf8"));
	return Object.entries(packages).map(([name, entry]) => ({ name, ...entry }));
}

/** Fetches a package unless it is there; gives its folder. @param {CorpusPackage} entry */
export function unpack({ name, version, integrity }) {
	const directory = join(corpusFolder, `${name.replaceAll("/", "+")}@${version}`);
	const stamp = join(directory, ".integrity");
	if (existsSync(stamp) && readFileSync(stamp, "utf8") === integrity) return directory;
	rmSync(directory, { recursive: true, force: true });
	const work = `${directory}.part`;
	rmSync(work, { recursive: true, force: true });
	mkdirSync(work, { recursive: true });
	npm("pack", `${name}@${version}`, "--ignore-scripts", "--silent", "--pack-destination", work);
	const archive = join(
		work,
		readdirSync(work).find((file) => file.endsWith(".tgz")),
	);
	const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
	if (found !== integrity) throw new Error(`${name}@${version} is not what packages.json pins: ${found}`);
	execute("tar", ["-xzf", archive, "-C", work, "--strip-components=1"]);
	rmSync(archive);
	writeFileSync(join(work, ".integrity"), integrity);
	renameSync(work, directory);
	return directory;
}

/** What of a folder is source code that the globs name, in the order of the paths. */
export function sourceFiles(directory, globs) {
	const isIn = picomatch(globs.filter((glob) => !glob.startsWith("!")));
	const isOut = picomatch(globs.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1)));
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) =>
			join(entry.parentPath, entry.name)
				.slice(directory.length + 1)
				.replaceAll("\\", "/"),
		)
		.filter((path) => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(path) && !/\.d\.[cm]?ts$|(?:^|\/)node_modules\//.test(path))
		.filter((path) => isIn(path) && !isOut(path))
		.sort();
}

function npm(...args) {
	const cli = process.env.npm_execpath;
	if (cli === undefined) execute("npm", args);
	else execute(hostNode, [cli, ...args]);
}

function execute(command, args) {
	const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
	if (error !== undefined) throw error;
	if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr}`);
}
