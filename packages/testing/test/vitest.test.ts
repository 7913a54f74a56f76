import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("fixtures/vitest", import.meta.url));
const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));

/** Runs the fixture's tests in a Vitest of their own. */
async function runVitest(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
	const { VITEST: _, ...outer } = process.env;
	const child = spawn(process.execPath, [vitest, "run", "--root", root], { env: { ...outer, NO_COLOR: "1", ...env } });
	let output = "";
	for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
	const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
	return { code, output };
}

test("a failure that its owner has taken is not reported by Vitest", async () => {
	const { code, output } = await runVitest({ SETUP: "1" });
	expect(output).toContain("4 passed");
	expect(output).not.toContain("Unhandled");
	expect(code).toBe(0);
}, 60_000);

test("a rejection that is nobody's is reported, although a run listens", async () => {
	const { code, output } = await runVitest({ SETUP: "1", FOREIGN: "1" });
	expect(output).toContain("Unhandled Rejection");
	expect(output).toContain("somebody else's");
	expect(output).not.toContain("taken by its owner");
	expect(code).toBe(1);
}, 60_000);

test("without the set-up it is lost: that is what the set-up is for", async () => {
	const { code } = await runVitest({ FOREIGN: "1" });
	expect(code).toBe(0);
}, 60_000);
