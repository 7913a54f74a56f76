import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, withTaskGroup } from "holdfast";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serveFolder } from "./server.ts";

let above: string;
let folder: string;

beforeAll(async () => {
	above = await realpath(await mkdtemp(join(tmpdir(), "linkcheck-")));
	folder = join(above, "site");
	await mkdir(join(folder, "a b", "empty"), { recursive: true });
	await writeFile(join(above, "secret.md"), "secret");
	await symlink("../secret.md", join(folder, "leak.md"));
	await writeFile(join(folder, "a b", "README.md"), "# front page");
	await writeFile(join(folder, "50%.html"), "<p>half");
});

afterAll(async () => {
	await rm(above, { recursive: true });
});

interface Answer {
	readonly status: number | undefined;
	readonly body: string;
	readonly type: string | undefined;
	readonly location: string | undefined;
}

/** Sends a path as it is: fetch() would tidy it. */
function ask(origin: string, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const headers = options.host === undefined ? {} : { host: options.host };
		const asking = request(origin, { path, method: options.method ?? "GET", headers, agent: false }, (response) => {
			let body = "";
			response.setEncoding("utf8");
			response.on("data", (chunk: string) => {
				body += chunk;
			});
			response.on("end", () => {
				resolve({
					status: response.statusCode,
					body,
					type: response.headers["content-type"],
					location: response.headers.location,
				});
			});
		});
		asking.on("error", reject);
		asking.end();
	});
}

async function serving<T>(body: (origin: string) => Promise<T>): Promise<T> {
	let result: T | undefined;
	await run(() =>
		withTaskGroup(async (group) => {
			const origin = await group.start(serveFolder, folder);
			result = await body(origin);
			group.cancel();
		}),
	);
	return result as T;
}

it("serves files, folders with a front page and folders without", async () => {
	await serving(async (origin) => {
		expect(await ask(origin, "/50%25.html")).toMatchObject({
			status: 200,
			body: "<p>half",
			type: "text/html; charset=utf-8",
		});
		expect(await ask(origin, "/a%20b")).toMatchObject({ status: 301, location: "/a%20b/" });
		expect(await ask(origin, "/a%20b/")).toMatchObject({
			status: 200,
			body: "# front page",
			type: "text/markdown; charset=utf-8",
		});
		expect(await ask(origin, "/a%20b/empty/")).toMatchObject({ status: 200, body: "" });
		expect(await ask(origin, "/50%25.html?x#y", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
	});
});

it("refuses what leads out of the folder, in every spelling", async () => {
	await serving(async (origin) => {
		for (const path of [
			"/../secret.md",
			"/%2e%2e/secret.md",
			"/a%20b/..%2f..%2fsecret.md",
			"/leak.md",
			"//../secret.md",
		]) {
			expect(await ask(origin, path), path).toMatchObject({ status: 403, body: "" });
		}
	});
});

it("refuses what is malformed, not there, not GET or HEAD, or meant for another host", async () => {
	await serving(async (origin) => {
		expect(await ask(origin, "/%zz")).toMatchObject({ status: 400 });
		expect(await ask(origin, "/%00")).toMatchObject({ status: 404 });
		expect(await ask(origin, "/nothing.md")).toMatchObject({ status: 404 });
		expect(await ask(origin, "/50%25.html", { method: "POST" })).toMatchObject({ status: 405 });
		expect(await ask(origin, "/50%25.html", { host: "evil.test" })).toMatchObject({ status: 421, body: "" });
	});
});

it("is gone when its scope has ended", async () => {
	const origin = await serving(async (origin) => origin);
	await expect(ask(origin, "/")).rejects.toThrow("ECONNREFUSED");
});
