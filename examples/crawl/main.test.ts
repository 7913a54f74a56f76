/** The whole program, against a site of Node's own. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { eventually, Program } from "../test-support/program.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A site that notes what it is asked for, and how much of that at once. */
class Site {
	readonly asked: string[] = [];
	most = 0;
	open = 0;
	url = "";
	readonly #server: Server;

	constructor(pages: Readonly<Record<string, Answer>>) {
		this.#server = createServer((request, response) => {
			this.asked.push(request.url ?? "");
			this.most = Math.max(this.most, ++this.open);
			response.once("close", () => this.open--);
			(pages[request.url ?? ""] ?? gone)(response, request);
		});
	}

	async listen(): Promise<this> {
		await once(this.#server.listen(0, "127.0.0.1"), "listening");
		this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
		return this;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}
}

const sites: Site[] = [];
afterEach(async () => {
	for (const site of sites.splice(0)) await site.close();
});

async function site(pages: Readonly<Record<string, Answer>>): Promise<Site> {
	const made = await new Site(pages).listen();
	sites.push(made);
	return made;
}

const gone: Answer = (response) => response.writeHead(404).end();
const never: Answer = () => {};
const page =
	(...links: string[]): Answer =>
	(response) => {
		response.setHeader("content-type", "text/html; charset=utf-8");
		response.end(links.map((link) => `<p>ü <a class=x href="${link}">link</a>`).join("\n"));
	};
const redirect =
	(location: string): Answer =>
	(response) =>
		response.writeHead(302, { location }).end();

it("looks at each page once, whatever leads there, and never leaves the host", async () => {
	const elsewhere = await site({ "/": page() });
	const here = await site({
		"/": page(
			"a/",
			"./a/#part",
			"/a/?x=1&amp;y=2",
			"mailto:a@b.test",
			"http://[",
			`${elsewhere.url}/`,
			"/moved",
			"/away",
		),
		"/a/": page("../", "b.html", "../logo.png"),
		"/a/?x=1&y=2": page("/"),
		"/a/b.html": (response) => {
			response.setHeader("content-type", "text/html");
			response.end("<base href='/base/'><a href='c'>c</a>");
		},
		"/base/c": page("/missing"),
		"/logo.png": (response) => response.setHeader("content-type", "image/png").end("<a href='/not-a-link'>"),
		"/moved": redirect("/a/#other"),
		"/away": redirect(`${elsewhere.url}/`),
	});
	await using program = new Program("crawl/main.ts", [`${here.url}/`]);
	const { code, stdout, stderr } = await program.ended;
	expect(here.asked.sort()).toEqual(
		["/", "/a/", "/a/?x=1&y=2", "/a/b.html", "/away", "/base/c", "/logo.png", "/missing", "/moved"].sort(),
	);
	expect(elsewhere.asked).toEqual([]);
	expect(stdout).toContain(`404 ${here.url}/missing\n`);
	expect(stdout).toContain(`302 ${here.url}/away\n`);
	expect(stdout).toMatch(/\n9 pages, 1 of them broken; 0 not looked at\n$/);
	expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
});

it("asks for no more at once than it may, and for no more pages", async () => {
	const waiting: ServerResponse[] = [];
	const names = Array.from({ length: 20 }, (_, index) => `/${index}`);
	const hold: Answer = (response) => waiting.push(response);
	const here = await site({
		"/": page(...names, "/too-many"),
		...Object.fromEntries(names.map((name) => [name, hold])),
	});
	await using program = new Program("crawl/main.ts", [here.url, "--concurrency", "3", "--pages", "21"]);
	for (let answered = 0; answered < 20; answered++) {
		// Whenever all that it may ask are asked, one is answered.
		await eventually(() => waiting.length === Math.min(3, 20 - answered));
		page()(waiting.shift() as ServerResponse, undefined as never);
	}
	expect(await program.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n21 pages, 0 of them broken/) });
	expect(here.most).toBe(3);
	expect(here.asked).not.toContain("/too-many");
});

it("tries again what may pass, and goes on after what does not", async () => {
	let tries = 0;
	const here = await site({
		"/": page("/flaky", "/cut", "/huge"),
		"/flaky": (response) => {
			if (++tries < 3) response.writeHead(503).end();
			else page("/found")(response, undefined as never);
		},
		"/found": page(),
		"/cut": (response) => response.socket?.resetAndDestroy(),
		"/huge": (response) => {
			response.setHeader("content-type", "text/html");
			response.write("<a href='/in-huge'>");
			const more = (): void => {
				while (response.write("x".repeat(65_536)));
			};
			response.on("drain", more);
			more();
		},
		"/in-huge": page(),
	});
	await using program = new Program("crawl/main.ts", [here.url]);
	const { code, stdout } = await program.ended;
	expect(code).toBe(1);
	expect(stdout).toContain(`200 ${here.url}/found\n`);
	expect(stdout).toContain(`200 ${here.url}/in-huge\n`);
	expect(stdout).toContain(`ECONNRESET ${here.url}/cut\n`);
	await eventually(() => here.open === 0);
});

it("gives up a page that does not answer in time", async () => {
	const here = await site({ "/": never });
	await using program = new Program("crawl/main.ts", [here.url, "--timeout", "300"]);
	expect(await program.ended).toMatchObject({
		code: 1,
		stdout: `timeout ${here.url}/\n1 pages, 1 of them broken; 0 not looked at\n`,
	});
	await eventually(() => here.open === 0);
});

it("ends at its deadline, and says how far it has come", async () => {
	const here = await site({ "/": page("/slow", "/slower"), "/slow": never, "/slower": never });
	await using program = new Program("crawl/main.ts", [here.url, "--deadline", "1500"]);
	const { code, stdout, stderr } = await program.ended;
	expect(stdout).toMatch(/^(200 .*\n1 pages, 0 of them broken; 2|0 pages, 0 of them broken; 1) not looked at\n$/);
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	await eventually(() => here.open === 0);
});

it.each([
	["SIGTERM", 143],
	["SIGINT", 130],
] as const)("%s: aborts its requests, says how far it has come, and exits with %i", async (signal, code) => {
	const here = await site({ "/": page("/slow"), "/slow": never });
	await using program = new Program("crawl/main.ts", [here.url]);
	await eventually(() => here.asked.includes("/slow"));
	const ended = await program.stop(signal);
	expect(ended).toMatchObject({ code, stderr: "" });
	expect(ended.stdout).toMatch(/\n1 pages, 0 of them broken; 1 not looked at\n$/);
	await eventually(() => here.open === 0);
});

it("refuses what is no address with exit code 2", async () => {
	await using program = new Program("crawl/main.ts", ["nowhere"]);
	expect((await program.ended).code).toBe(2);
});
