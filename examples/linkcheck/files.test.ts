import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Document, findDocuments, locate, openFolder } from "./files.ts";

let above: string;
let folder: string;

async function put(path: string, content = ""): Promise<void> {
	await mkdir(dirname(join(folder, path)), { recursive: true });
	await writeFile(join(folder, path), content);
}

beforeAll(async () => {
	above = await realpath(await mkdtemp(join(tmpdir(), "linkcheck-")));
	folder = join(above, "site");
	await mkdir(folder);
	await writeFile(join(above, "secret.md"), "");
	await mkdir(join(above, "site-2"));
	await writeFile(join(above, "site-2", "secret.md"), "");
	for (const path of [
		"README.md",
		"b.HTML",
		"code.js",
		"pkg/package.json",
		"pkg/docs/a.markdown",
		".github/c.md",
		".git/d.md",
	])
		await put(path);
	await put("node_modules/e/f.md");
	await symlink("../secret.md", join(folder, "leak.md"));
	await symlink("..", join(folder, "up"));
	await symlink("../site-2/secret.md", join(folder, "neighbour.md"));
	await symlink("README.md", join(folder, "same.md"));
	await symlink("circle", join(folder, "circle"));
});

afterAll(async () => {
	await rm(above, { recursive: true });
});

async function documents(include: string[] = [], exclude: string[] = [], start: string = folder): Promise<Document[]> {
	const found: Document[] = [];
	for await (const document of findDocuments(start, { include, exclude }, () => {})) found.push(document);
	return found;
}

describe("the documents of a folder", () => {
	it("are its Markdown and HTML files, with the project they belong to", async () => {
		expect(new Set(await documents())).toEqual(
			new Set([
				{ path: "README.md", project: "" },
				{ path: "b.HTML", project: "" },
				{ path: ".github/c.md", project: "" },
				{ path: "pkg/docs/a.markdown", project: "pkg" },
			]),
		);
	});

	it("include installed packages only where these are what is to be checked", async () => {
		expect((await documents([], [], join(folder, "node_modules"))).map(({ path }) => path)).toEqual(["e/f.md"]);
	});

	it("can be narrowed by globs", async () => {
		expect((await documents(["pkg/**"])).map(({ path }) => path)).toEqual(["pkg/docs/a.markdown"]);
		expect((await documents([], ["pkg", "**/*.html", ".github/**"])).map(({ path }) => path)).toEqual([
			"README.md",
			"b.HTML",
		]);
	});

	it("are gathered although one folder cannot be read", async () => {
		const unreadable: string[] = [];
		const walk = findDocuments(join(folder, "code.js"), { include: [], exclude: [] }, (path, why) =>
			unreadable.push(`${path}:${why}`),
		);
		expect((await walk.next()).done).toBe(true);
		expect(unreadable).toEqual([":it is not a folder"]);
	});
});

describe("a path below the folder", () => {
	it("leads to files and folders, also by links that stay inside", async () => {
		expect(await locate(folder, "README.md")).toMatchObject({ kind: "file", size: 0 });
		expect(await locate(folder, "same.md")).toMatchObject({ kind: "file", path: join(folder, "README.md") });
		expect(await locate(folder, "pkg/")).toMatchObject({ kind: "folder" });
		expect(await locate(folder, "")).toMatchObject({ kind: "folder" });
	});

	it.each([
		"leak.md",
		"up",
		"up/secret.md",
		"up/site/README.md/../../secret.md",
		"neighbour.md",
		"../secret.md",
		"pkg/../../secret.md",
	])("never leads out: %s", async (path) => {
		expect(await locate(folder, path)).toEqual({ kind: "outside" });
	});

	it("may be missing", async () => {
		for (const path of ["x.md", "README.md/x", "circle", "a\0b", "x".repeat(300)]) {
			expect(await locate(folder, path), path).toEqual({ kind: "missing", hint: undefined });
		}
	});

	it("is told apart from a neighbour that differs in its case, or is no folder", async () => {
		expect(await locate(folder, "README.md/")).toEqual({ kind: "missing", hint: "README.md" });
		expect(await locate(folder, "readme.md")).toEqual({ kind: "missing", hint: "README.md" });
		expect(await locate(folder, "up/SECRET.md")).toEqual({ kind: "missing", hint: undefined });
	});
});

describe("the folder to check", () => {
	it("must be one that can be read", async () => {
		await expect(openFolder(join(folder, "nowhere"))).rejects.toThrow(
			/cannot read the folder .*nowhere: it does not exist/,
		);
		await expect(openFolder(join(folder, "README.md"))).rejects.toThrow("it is not a folder");
		expect(await openFolder(join(folder, "up", "site"))).toBe(folder);
	});
});
