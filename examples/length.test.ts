/** The examples are to be read in one go: under 150 lines of code each, without comments and empty lines. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const folder = import.meta.dirname;

it.each(["chat", "config", "crawl", "forward", "jobs", "notes", "supervise"])("%s", (name) => {
	const sources = readdirSync(join(folder, name)).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
	const lines = sources.flatMap((file) => readFileSync(join(folder, name, file), "utf8").split("\n"));
	expect(lines.filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line)).length).toBeLessThan(150);
});
