import { expect, test } from "vitest";
import { checkPages } from "./check-api-docs.mjs";

const check = (pages, values = ["sleep"], types = []) => checkPages(values, types, new Map(Object.entries(pages)));

test("a heading or the first cell of a row documents what its code begins with", () => {
	expect(check({ "a.md": "## `sleep(milliseconds)` and others\n" })).toEqual([]);
	expect(check({ "a.md": "| `sleep(ms \\| string)` | waits |\n" })).toEqual([]);
	expect(check({ "a.md": "| `now()`, `sleep` | waits |\n" })).toEqual([]);
	expect(check({ "a.md": "## `new Lock()`\n" }, ["Lock"])).toEqual([]);
});

test("prose, later cells, members and code blocks document nothing", () => {
	const nothing = ["sleep is documented on no page"];
	expect(check({ "a.md": "Call `sleep()`.\n| `other` | `sleep()` |\n" })).toEqual(nothing);
	expect(check({ "a.md": "| `clock.sleep()` | waits |\n## `sleep.now`\n" })).toEqual(nothing);
	expect(check({ "a.md": "```md\n## `sleep()`\n```\n" })).toEqual(nothing);
});

test("two pages are one too many, unless only one has the heading", () => {
	expect(check({ "a.md": "| `sleep` |\n", "b.md": "| `sleep` |\n" })).toEqual(["sleep is documented on a.md and b.md"]);
	expect(check({ "a.md": "| `sleep` |\n", "b.md": "## `sleep`\n" })).toEqual([]);
});

test("a type has to be named in code", () => {
	expect(check({ "a.md": "`policy?: RetryPolicy`" }, [], ["RetryPolicy"])).toEqual([]);
	expect(check({ "a.md": "RetryPolicy" }, [], ["RetryPolicy"])).toEqual(["the type RetryPolicy is named on no page"]);
});
