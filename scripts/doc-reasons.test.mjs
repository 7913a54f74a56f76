import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./nodes.mjs";

test("the guide names every reason for which a function is no plain one", () => {
	const folder = join(root, "packages/compiler/src");
	const sources = readdirSync(folder).filter((file) => /^plain-.*(?<!\.test)\.ts$/.test(file));
	const text = sources.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
	const thrown = [...text.matchAll(/NotPlain\(\s*["`]([^"`$]+)/g)];
	const seen = [...text.matchAll(/\breturn "([a-z][a-z ]+)";/g)];
	const reasons = [...thrown, ...seen].map(([, reason]) => reason.trim());
	expect(reasons.length).toBeGreaterThan(40);
	const guide = readFileSync(join(root, "docs/guide/compiled-code.md"), "utf8");
	expect(reasons.filter((reason) => !guide.includes(`\`${reason}`))).toEqual([]);
});
