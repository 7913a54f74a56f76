import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { run } from "holdfast";
import { describe, expect, it } from "vitest";
import { checkExternal, isPrivateAddress } from "./external.ts";
import { Report } from "./report.ts";

/** Checks the address that `address` makes of the server's port. */
async function check(
	address: (port: number) => string | string[],
	listener: RequestListener,
	isPrivate?: (address: string) => boolean,
	timeout = 5_000,
): Promise<{ requests: string[]; report: Report }> {
	const requests: string[] = [];
	const server = createServer((request, response) => {
		requests.push(`${request.method} ${request.url}`);
		listener(request, response);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const report = new Report("/x");
	const link = { target: "as written", line: 1, column: 2 };
	const addresses = [address((server.address() as AddressInfo).port)].flat();
	const links = new Map(addresses.map((address) => [address, [{ file: "a.md", link }]]));
	try {
		await run(() => checkExternal(links, { concurrency: 2, timeout, retries: 0 }, report, isPrivate));
	} finally {
		server.close();
		server.closeAllConnections();
	}
	return { requests, report };
}

const anywhere = () => false;

describe("a link to another host", () => {
	it("is fine if the host answers", async () => {
		const { requests, report } = await check(
			(port) => `http://127.0.0.1:${port}/a?b`,
			(_, response) => response.end(),
			anywhere,
		);
		expect(requests).toEqual(["HEAD /a?b"]);
		expect(report.broken).toBe(0);
	});

	it("is asked for with GET where HEAD is not liked", async () => {
		const picky: RequestListener = (request, response) =>
			response.writeHead(request.method === "HEAD" ? 405 : 200).end();
		const { requests, report } = await check((port) => `http://127.0.0.1:${port}/`, picky, anywhere);
		expect(requests).toEqual(["HEAD /", "GET /"]);
		expect(report.broken).toBe(0);
	});

	it("is broken if the page is gone", async () => {
		const { report } = await check(
			(port) => `http://127.0.0.1:${port}/`,
			(_, response) => response.writeHead(410).end(),
			anywhere,
		);
		expect(report.findings()).toEqual([
			{ file: "a.md", target: "as written", line: 1, column: 2, reason: "HTTP status", detail: "HTTP 410" },
		]);
	});

	it("follows redirects, but not for ever", async () => {
		const circle: RequestListener = (_, response) => response.writeHead(302, { location: "/again" }).end();
		const { requests } = await check((port) => `http://127.0.0.1:${port}/`, circle, anywhere);
		expect(requests).toEqual(["HEAD /", ...Array<string>(5).fill("HEAD /again")]);
	});

	it("is not asked for when its host is known to be down", async () => {
		const addresses = (port: number) =>
			["a", "b", "c", "d", "e", "f"].map((path) => `http://127.0.0.1:${port}/${path}`);
		const { requests, report } = await check(addresses, () => {}, anywhere, 30);
		// Two at once: when the third gives up, the fourth is under way.
		expect(requests).toHaveLength(4);
		expect(report.findings().map(({ reason }) => reason)).toEqual(Array<string>(6).fill("timeout"));
	});

	it("never reaches a private address, by number, by name or by redirect", async () => {
		const answer: RequestListener = (_, response) => response.end();
		for (const host of ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "printer.local"]) {
			const { requests, report } = await check((port) => new URL(`http://${host}:${port}/`).href, answer);
			expect(requests, host).toEqual([]);
			expect([report.externalSkipped, report.broken], host).toEqual([1, 0]);
		}
		const away: RequestListener = (request, response) =>
			response.writeHead(302, { location: `http://127.0.0.2:${request.socket.localPort}/secret` }).end();
		const { requests, report } = await check(
			(port) => `http://127.0.0.1:${port}/`,
			away,
			(address) => address !== "127.0.0.1",
		);
		expect(requests).toEqual(["HEAD /"]);
		expect(report.externalSkipped).toBe(1);
	});
});

describe("addresses", () => {
	it.each([
		"127.0.0.1",
		"10.1.2.3",
		"172.16.0.1",
		"192.168.1.1",
		"169.254.169.254",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"255.255.255.255",
	])("%s is private", (address) => expect(isPrivateAddress(address)).toBe(true));
	it.each([
		"::1",
		"::",
		"fe80::1",
		"fe80::1%eth0",
		"fd00::1",
		"ff02::1",
		"::ffff:10.0.0.1",
		"::ffff:a00:1",
		"64:ff9b::a00:1",
		"2002:a00:1::",
	])("%s is private", (address) => expect(isPrivateAddress(address)).toBe(true));
	it.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])("%s is public", (address) =>
		expect(isPrivateAddress(address)).toBe(false),
	);
});
