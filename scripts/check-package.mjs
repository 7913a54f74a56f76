// publint and arethetypeswrong on each package as it would be published.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolNode } from "./nodes.mjs";
import { workspacePackages } from "./packages.mjs";

/** Runs a tool and shows what it said only if it complained. */
function isClean(path, ...args) {
	const { status, stdout, stderr } = spawnSync(toolNode(), [join(root, "node_modules", path), ...args], {
		encoding: "utf8",
	});
	if (status !== 0) console.log(stdout + stderr);
	return status === 0;
}

const directory = mkdtempSync(join(tmpdir(), "holdfast-pack-"));
let failed = 0;
try {
	for (const { name, directory: source } of workspacePackages()) {
		const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", directory], {
			cwd: source,
			encoding: "utf8",
			stdio: ["ignore", "pipe", "inherit"],
		});
		const result = JSON.parse(packed);
		const { filename } = Array.isArray(result) ? result[0] : Object.values(result)[0];
		const tarball = join(directory, filename);
		const clean = [
			isClean("publint/src/cli.js", "run", tarball, "--strict"),
			isClean("@arethetypeswrong/cli/dist/index.js", tarball, "--profile", "esm-only", "--no-emoji", "--no-color"),
		].every(Boolean);
		console.log(`${name}: ${clean ? "clean" : "has problems"}`);
		if (!clean) failed += 1;
	}
} finally {
	rmSync(directory, { recursive: true });
}
process.exitCode = failed === 0 ? 0 : 1;
