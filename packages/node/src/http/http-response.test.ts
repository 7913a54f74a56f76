import { execFileSync } from "node:child_process";
import { run, until, withTaskGroup } from "holdfast";
import { describe, expect, it } from "vitest";
import { HttpResponse } from "./http-response.ts";
import { type HttpListening, serveHttp } from "./serve-http.ts";

class Page extends HttpResponse {
	readonly title: string;

	constructor(title: string) {
		super(`<h1>${title}</h1>`, { headers: { "content-type": "text/html" } });
		this.title = title;
	}
}

async function isWhole(): Promise<void> {
	const response = new HttpResponse("hello", { status: 201, headers: { "x-a": "1" } });
	expect(response).toBeInstanceOf(Response);
	expect(response).toBeInstanceOf(HttpResponse);
	expect(new Response()).toBeInstanceOf(HttpResponse);
	expect([response.status, response.headers.get("x-a"), await response.clone().text()]).toEqual([201, "1", "hello"]);
	const json = HttpResponse.json({ a: 1 });
	expect([json.headers.get("content-type"), await json.json()]).toEqual(["application/json", { a: 1 }]);
	expect(HttpResponse.redirect("http://localhost/there", 303).status).toBe(303);
	expect(HttpResponse.error().type).toBe("error");
	const page = new Page("Ada");
	expect(page).toBeInstanceOf(Page);
	expect(page).toBeInstanceOf(HttpResponse);
	expect([page.title, page.headers.get("content-type"), await page.text()]).toEqual([
		"Ada",
		"text/html",
		"<h1>Ada</h1>",
	]);
}

describe("HttpResponse", () => {
	it("is a Response before there is a server, while there is one, and after it; one of before is served", async () => {
		await isWhole();
		const early = new HttpResponse("early");
		const texts: string[] = [];
		await run(() =>
			withTaskGroup(function* (group) {
				const { url } = yield* group.start((started: (listening: HttpListening) => void) =>
					serveHttp({
						port: 0,
						onListening: started,
						fetch: (request) =>
							request.url.endsWith("/early")
								? early
								: request.url.endsWith("/page")
									? new Page("Bo")
									: new HttpResponse("late"),
					}),
				);
				yield* until(isWhole());
				for (const path of ["/early", "/page", "/late"])
					texts.push(yield* until(fetch(url + path).then((response) => response.text())));
				group.cancel("done");
			}),
		);
		expect(texts).toEqual(["early", "<h1>Bo</h1>", "late"]);
		await isWhole();
	});

	it.runIf("moduleLoadList" in process)("is imported with the package without what only servers and TLS need", () => {
		const program = `
			await import(${JSON.stringify(new URL("../index.ts", import.meta.url).href)});
			console.log(process.moduleLoadList.filter((name) => / (http|https|http2|tls|crypto|internal\\/deps\\/undici\\/undici)$/.test(name)).join());`;
		const loaded = execFileSync(
			process.execPath,
			["--conditions=@holdfast/source", "--input-type=module", "--eval", program],
			{ encoding: "utf8" },
		);
		expect(loaded.trim()).toBe("");
	});
});
