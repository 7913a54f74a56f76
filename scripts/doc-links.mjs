// The links between the pages of this repository, checked by our own example.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { hostNode, root } from "./nodes.mjs";

const pages = ["*.md", "docs/**", "conformance/*.md", "examples/**/*.md", "bench/*.md"];
// Its tables hold code that looks like links.
const generated = ["conformance/report.md"];
const { status } = spawnSync(
	hostNode,
	[
		join(root, "packages/cli/dist/bin.js"),
		"run",
		join(root, "examples/linkcheck/main.ts"),
		root,
		"--strict",
		...pages.flatMap((glob) => ["--include", glob]),
		...generated.flatMap((glob) => ["--exclude", glob]),
	],
	{ stdio: "inherit" },
);
process.exitCode = status ?? 1;
