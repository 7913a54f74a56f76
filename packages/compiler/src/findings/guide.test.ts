// The examples of the guide's chapter: what is wrong there is found by the rule of its section, what is right by none.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { find } from "../../test/find.ts";
import { findingRules } from "./rule-names.ts";

const page = readFileSync(new URL("../../../../docs/guide/findings.md", import.meta.url), "utf8");
const sections = page.split(/^## /m).map((text) => ({ title: text.slice(0, text.indexOf("\n")), text }));

describe.each(Object.entries(findingRules))("%s", (rule, summary) => {
	const { text = "" } = sections.find(({ title }) => title === rule) ?? {};
	const examples = (kind: string): string[] =>
		[...text.matchAll(new RegExp(`^\`\`\`ts ${kind}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code]) => code as string);

	test("has an example of what is wrong, which is found, and nothing else in it", () => {
		expect(examples("wrong").length).toBeGreaterThan(0);
		for (const code of examples("wrong")) expect([...new Set(find(code).map((each) => each.rule))]).toEqual([rule]);
	});

	test("has nothing to say about what is right", () => {
		expect(examples("right").length).toBeGreaterThan(0);
		for (const code of examples("right")) expect(find(code)).toEqual([]);
	});

	test("stands in the table with its summary", () => {
		expect(page).toContain(`| [\`${rule}\`](#${rule}) | `);
		const words = page.split(`| [\`${rule}\`](#${rule}) | `)[1]?.split(" |")[0] ?? "";
		expect(words.replaceAll("`", "")).toBe(summary.replaceAll("`", ""));
	});
});

test("what the chapter says of comments holds", () => {
	const code = /^```ts right\n([\s\S]*?)^```/m.exec(sections.find(({ title }) => title === "Silence")?.text ?? "")?.[1];
	expect(find(code ?? "nothing found in the chapter();")).toEqual([]);
});
