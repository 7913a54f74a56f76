"use structured";
/** A server for `soak-http.mjs`, over TLS with `--tls`: prints its port when it listens, and how its requests have ended when it has. */
import { readFileSync } from "node:fs";
import { type HttpListening, serveHttp, streamResponse } from "@holdfast/node";
import { sleep } from "holdfast";

const large = "x".repeat(1_000_000);

async function answer(request: Request): Promise<Response> {
	const { pathname, searchParams } = new URL(request.url);
	const delay = Number(searchParams.get("delay"));
	switch (pathname) {
		case "/slow":
			await sleep(delay);
			return new Response(`slow ${delay}`);
		case "/large":
			return new Response(large);
		case "/stream":
			return streamResponse(pieces(delay));
		case "/echo":
			return new Response(await request.text());
		default:
			return new Response("fast");
	}
}

async function* pieces(delay: number): AsyncGenerator<string, void, undefined> {
	for (let piece = 0; piece < 10; piece++) {
		yield `piece ${piece}\n`;
		await sleep(delay / 10);
	}
}

const read = (name: string): Buffer =>
	readFileSync(new URL(`../../../packages/node/test/fixtures/${name}.pem`, import.meta.url));

export default async function main([secure]: string[]): Promise<void> {
	let listening: HttpListening | undefined;
	try {
		await serveHttp({
			port: 0,
			...(secure === "--tls" && { tls: { key: read("key"), cert: read("cert") } }),
			fetch: answer,
			onListening: (where) => {
				listening = where;
				console.log(where.port);
			},
		});
	} finally {
		console.log(JSON.stringify(listening?.statistics()));
	}
}
