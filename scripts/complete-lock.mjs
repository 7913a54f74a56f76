// Adds to each package-lock.json the optional platform packages that npm left out because the registry that it asked did
// not have them; `npm ci` refuses a lock file without them. Run it after a change of dependencies: npm run lock.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./nodes.mjs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

function complete(path) {
	const lock = JSON.parse(readFileSync(path, "utf8"));
	const added = {};
	for (const [parent, entry] of Object.entries(lock.packages)) {
		for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
			const places = [`${parent}/node_modules/${name}`, `node_modules/${name}`];
			if (places.some((place) => place in lock.packages)) continue;
			const dev = entry.dev ? { dev: true } : {};
			added[`node_modules/${name}`] = { version, ...dev, optional: true, ...platformOf(name) };
		}
	}
	const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, "en"));
	lock.packages = Object.fromEntries(packages);
	writeFileSync(path, `${JSON.stringify(lock, null, "\t")}\n`);
	return Object.keys(added).length;
}

/** `@oxc-parser/binding-linux-x64-gnu` says for which platform it is; npm leaves out what is for another. */
function platformOf(name) {
	const words = name.split(/[/-]/);
	const os = words.filter((word) => systems.includes(word));
	const cpu = words.filter((word) => processors.includes(word));
	// WebAssembly runs on every system.
	if (os.length === 0 && cpu[0] === "wasm32") return { cpu };
	if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: for which platform is it?`);
	const isGlibc = words.some((word) => /^(gnu|glibc)/.test(word));
	const isMusl = words.some((word) => word.startsWith("musl"));
	return { cpu, ...(isGlibc ? { libc: ["glibc"] } : isMusl ? { libc: ["musl"] } : {}), os };
}

const tracked = execFileSync("git", ["ls-files", "*package-lock.json"], { cwd: root, encoding: "utf8" });
for (const path of tracked.trim().split("\n"))
	console.log(`${path}: added ${complete(join(root, path))} optional packages`);
