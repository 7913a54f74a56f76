// Folders with packages of their own, which only some commands need.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./nodes.mjs";

/** `npm ci` in a folder of the checkout, unless what its lock file names is there already. */
export function installIn(folder, what) {
	const home = join(root, folder);
	const record = join(home, "node_modules/.package-lock.json");
	if (existsSync(record) && statSync(record).mtimeMs >= statSync(join(home, "package-lock.json")).mtimeMs) return;
	console.log(`installing ${what} (npm ci) …`);
	execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: home, stdio: ["ignore", 2, 2] });
}
