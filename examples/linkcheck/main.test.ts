/** The whole program, as `npm start` runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Finding } from "./verdict.ts";

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, "../../packages/cli/dist/bin.js");

vi.setConfig({ testTimeout: 30_000 });

let above: string;

async function fixture(name: string, files: Readonly<Record<string, string>>): Promise<string> {
	const folder = join(above, name);
	for (const [path, content] of Object.entries(files)) {
		await mkdir(dirname(join(folder, path)), { recursive: true });
		await writeFile(join(folder, path), content);
	}
	return folder;
}

interface Outcome {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

function start(...args: string[]): ChildProcess & { readonly outcome: Promise<Outcome> } {
	const child = spawn(process.execPath, [cli, "run", join(here, "main.ts"), ...args], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		stdout += chunk;
	});
	child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
		stderr += chunk;
	});
	const outcome = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }));
	return Object.assign(child, { outcome });
}

const check = (...args: string[]): Promise<Outcome> => start(...args).outcome;

beforeAll(async () => {
	above = await mkdtemp(join(tmpdir(), "linkcheck-"));
});

afterAll(async () => {
	await rm(above, { recursive: true });
});

describe("a folder with known faults", () => {
	let folder: string;

	beforeAll(async () => {
		folder = await fixture("faults", {
			"README.md": [
				"# Start",
				"[good](docs/guide.md#first-steps) [good](docs/) [good](docs/page.html#Exact) [good](#start) [good](LICENSE)",
				"[good](docs/with%20space.md?raw) [good](mailto:a@b.test) [good](https://a.test/x)",
				"[missing](docs/nothing.md)",
				"[case](docs/Guide.md)",
				"[anchor](docs/guide.md#second-steps) [anchor](#end)",
				"[case](docs/page.html#exact)",
				"[outside](../above.md) [outside](docs/leak.md)",
				"![missing](logo.png) <img src='logo.svg'>",
			].join("\n"),
			LICENSE: "",
			"docs/guide.md":
				"First steps\n===\n\n[up](../README.md) [folder](./#first) [project](/README.md) [project](/x.md)\n",
			"docs/with space.md": "",
			"docs/page.html": '<base href="sub/"><p id="Exact"><a href="../guide.md">good</a> <a href="guide.md">missing</a>',
			"docs/sub/x": "",
			"docs/README.md": "# First\n",
		});
		await writeFile(join(above, "above.md"), "");
		await symlink("../../above.md", join(folder, "docs/leak.md"));
	});

	const known = [
		"README.md 4:1 docs/nothing.md: missing file",
		"README.md 5:1 docs/Guide.md: missing file (there is guide.md)",
		"README.md 6:1 docs/guide.md#second-steps: missing anchor",
		"README.md 6:38 #end: missing anchor",
		"README.md 7:1 docs/page.html#exact: missing anchor",
		"README.md 8:1 ../above.md: outside the folder",
		"README.md 8:24 docs/leak.md: outside the folder (through a symbolic link)",
		"README.md 9:1 logo.png: missing file",
		"README.md 9:22 logo.svg: missing file",
		"docs/guide.md 4:61 /x.md: missing file (looked for x.md)",
		"docs/page.html 1:64 guide.md: missing file",
	];

	it("is reported fault by fault, and with nothing else", async () => {
		const { code, stdout } = await check(folder, "--json");
		const report: { complete: boolean; files: unknown; findings: Finding[] } = JSON.parse(stdout);
		const faults = report.findings.map(
			({ file, line, column, target, reason, detail }) =>
				`${file} ${line}:${column} ${target}: ${reason}${detail === "" ? "" : ` (${detail})`}`,
		);
		expect(faults).toEqual(known);
		expect(report).toMatchObject({ complete: true, files: { found: 5, read: 5 } });
		expect(code).toBe(0);
	});

	it("exits 1 with --strict", async () => {
		const { code, stdout, stderr } = await check(folder, "--strict");
		expect(code).toBe(1);
		expect(stdout).toContain("README.md\n  4:1   docs/nothing.md  missing file\n");
		expect(stdout).toMatch(/\n11 broken, \d+\.\d s\n$/);
		expect(stderr).toMatch(/^checking: \d+ of \d+ files read/);
	});

	it("exits 0 with --strict where the faults are left out", async () => {
		const { code, stdout } = await check(folder, "--strict", "--include", "docs/README.md");
		expect([code, stdout]).toEqual([
			0,
			expect.stringMatching(/^0 links in 1 files of [^\n]+\nnone broken, \d+\.\d s\n$/),
		]);
	});
});

describe("bad input", () => {
	it.each([
		[["nowhere"], /^linkcheck: cannot read the folder nowhere: it does not exist\n$/],
		[[fileURLToPath(import.meta.url)], /^linkcheck: cannot read the folder .*: it is not a folder\n$/],
		[["--nope"], /^linkcheck: Unknown option '--nope'\n$/],
		[["--timeout", "x"], /^linkcheck: --timeout takes a whole number from 1 to 3600000, not "x"\n$/],
	])("%j ends with exit code 2 and one clear line", async (args, message) => {
		expect(await check(...args)).toEqual({ code: 2, signal: null, stdout: "", stderr: expect.stringMatching(message) });
	});
});

it("can be interrupted: a partial report within half a second, no stack trace, exit code 130", {
	retry: 2,
}, async () => {
	const files: Record<string, string> = {};
	for (let file = 0; file < 500; file += 1) {
		files[`file-${file}.md`] = Array.from({ length: 20 }, (_, link) => `[x](${file}-${link}.md)`).join("\n");
	}
	const checking = start(await fixture("large", files));
	await once(checking.stderr!, "data");
	const interrupted = performance.now();
	checking.kill("SIGINT");
	const { code, stdout, stderr } = await checking.outcome;
	expect(performance.now() - interrupted).toBeLessThan(500);
	expect(code).toBe(130);
	expect(stdout).toMatch(/(?:^|\n)interrupted: the report is partial; \S+ broken, \d+\.\d s\n$/);
	expect(stdout + stderr).not.toMatch(/^\s+at /m);
	expect(stderr).not.toContain("Error");
});

it("may lose its reader, as with `| head`: it ends quietly", async () => {
	const checking = start(await fixture("wordy", { "a.md": "[x](missing.md)\n".repeat(10_000) }));
	checking.stdout!.once("data", () => checking.stdout!.destroy());
	const { code, stderr } = await checking.outcome;
	expect(code).toBe(0);
	expect(stderr).toMatch(/^(?:checking: [^\n]*\n)+$/);
});
