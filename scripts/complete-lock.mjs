// Adds to package-lock.json the optional platform packages that npm left out because the registry that it asked did
// not have them; `npm ci` refuses a lock file without them. Run it after a change of dependencies: npm run lock.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./nodes.mjs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const path = join(root, "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const added = {};
for (const [parent, entry] of Object.entries(lock.packages)) {
	for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
		const isLocked = [`${parent}/node_modules/${name}`, `node_modules/${name}`].some((place) => place in lock.packages);
		if (isLocked) continue;
		const words = name.split(/[/-]/);
		const os = words.filter((word) => systems.includes(word));
		const cpu = words.filter((word) => processors.includes(word));
		if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: for which platform is it?`);
		const libc = { gnu: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl" }[words.at(-1)];
		const dev = entry.dev ? { dev: true } : {};
		const platform = os[0] === "linux" && libc !== undefined ? { cpu, libc: [libc], os } : { cpu, os };
		added[`node_modules/${name}`] = { version, ...dev, optional: true, ...platform };
	}
}
const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(packages);
writeFileSync(path, `${JSON.stringify(lock, null, "\t")}\n`);
console.log(`package-lock.json: added ${Object.keys(added).length} optional packages`);
