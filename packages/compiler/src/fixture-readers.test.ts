import { expect, test as it } from "vitest";
import { transform } from "./transform.ts";

/** Which functions of a file are left, by the lines on which they stand. */
function left(code: string): number[] {
	const { diagnostics } = transform(code, { filename: "a.test.ts" });
	expect(diagnostics.every(({ severity, code }) => severity === "info" && code === "HOLDFAST_NATIVE_FIXTURES")).toBe(
		true,
	);
	return diagnostics.map(({ line }) => line);
}

it("tests that take their parameter apart stay native, others are compiled", () => {
	const code = `import { test as spec, beforeEach } from "vitest";
		spec("left", async ({ page }) => { await page.goto("/"); });
		spec("compiled", async () => { await null; });
		spec("compiled", async (context) => { await context; });
		spec.each([1])("left", async ({ a }) => { await a; });
		spec("left", { timeout: 1 }, async function ({ page }) { await page; });
		beforeEach(async ({ page }) => { await page; });`;
	expect(left(code)).toEqual([2, 5, 6, 7]);
});

it("fixtures stay native, alone and with options", () => {
	const code = `import { test as base } from "@playwright/test";
		export const test = base.extend<{ page: Page }>({
			page: async ({}, use) => { await use(1); },
			pair: [async ({ page }, use) => { await use(page); }, { scope: "worker" }],
			async method({ page }, use) { await use(page); },
			plain: async () => 1,
		});`;
	expect(left(code)).toEqual([3, 4, 5]);
});

it("without an import the names of globals count, and nothing else", () => {
	expect(
		left(`test.only("left", async ({ page }) => { await page; });\nit("left", async ({ page }) => page);`),
	).toEqual([1, 2]);
	expect(left("app.get('/', async ({ request }) => { await request; });")).toEqual([]);
	expect(left("items.map(async ({ id }) => { await id; }); router.extend({ a: async ({ b }) => b });")).toEqual([]);
});
