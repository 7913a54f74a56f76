// Programs of Debian that some tests run.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Gives the first of these programs that is there; installs the package that has them if none is. */
export function installPackage(name, programs) {
	const found = find(programs);
	if (found !== undefined) return found;
	console.log(`installing ${name} (apt-get install ${name}) …`);
	const apt = (...args) =>
		execFileSync("apt-get", args, {
			stdio: ["ignore", 2, 2],
			env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		});
	apt("update");
	apt("install", "-y", "--no-install-recommends", name);
	const installed = find(programs);
	if (installed === undefined) throw new Error(`the package ${name} has none of ${programs.join(", ")}`);
	return installed;
}

function find(programs) {
	const folders = (process.env.PATH ?? "").split(delimiter);
	for (const program of programs)
		for (const folder of folders) if (existsSync(join(folder, program))) return join(folder, program);
	return undefined;
}
