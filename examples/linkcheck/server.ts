/** Serves a folder over HTTP, to this machine only. */
"use structured";

import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { pipeline } from "node:stream";
import { sleepForever, suspend, withTaskGroup } from "holdfast";
import { documentKind, type Located, locate } from "./files.ts";

const host = "127.0.0.1";

/** The header in which the server says why it refuses. Its value is percent-encoded. */
export const reasonHeader = "x-reason";

/** Serves until its scope is cancelled, then closes every connection before it returns. */
export async function serveFolder(started: (origin: string) => void, folder: string): Promise<void> {
	await withTaskGroup(async (answers) => {
		const server = createServer((request, response) => {
			answers.spawn(answer, folder, request, response);
		});
		server.listen(0, host);
		try {
			await once(server, "listening");
			// With a port of 0 listen() has always bound an address of this kind.
			const { port } = server.address() as AddressInfo;
			started(`http://${host}:${port}`);
			await sleepForever();
		} finally {
			const closed = once(server, "close");
			server.close();
			server.closeAllConnections();
			await closed;
		}
	});
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
	try {
		await respond(folder, request, response);
	} catch (error) {
		// The other side has gone, or the file went away under our hands: one request, not the server.
		if (response.headersSent) response.destroy();
		else refuse(response, 500, error instanceof Error ? error.message : String(error));
	}
}

async function respond(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
	if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "GET and HEAD only");
	// A page of another origin that finds the port must not read the folder through a name of its own.
	if (request.headers.host?.split(":")[0] !== host) return refuse(response, 421, "no such host");
	const path = pathOf(request.url ?? "/");
	if (path === undefined) return refuse(response, 400, "malformed address");
	const found = await locate(folder, path);
	if (found.kind !== "folder") return respondWith(found, request, response);
	if (path !== "" && !path.endsWith("/")) {
		response.writeHead(301, { location: `${encodePath(path)}/`, "content-length": 0 }).end();
		return;
	}
	for (const name of ["index.html", "README.md", "readme.md", "Readme.md"]) {
		const index = await locate(folder, join(path, name));
		if (index.kind === "file") return respondWith(index, request, response);
	}
	// A folder without a front page exists all the same; GitHub lists its files.
	response.writeHead(200, { "content-type": "text/plain", "content-length": 0 }).end();
}

async function respondWith(found: Located, request: IncomingMessage, response: ServerResponse): Promise<void> {
	switch (found.kind) {
		case "outside":
			return refuse(response, 403, "outside");
		case "unreadable":
			return refuse(response, 403, found.why);
		case "missing":
			return refuse(response, 404, found.hint === undefined ? "" : `there is ${found.hint}`);
		case "folder":
			return refuse(response, 404, "a folder, where a file was expected");
		case "file":
			response.writeHead(200, { "content-type": contentType(found.path), "content-length": found.size });
			if (request.method === "HEAD") response.end();
			else await sendFile(found.path, response);
	}
}

/** Returns once the content has left. Cancelled: breaks the connection and closes the file. */
async function sendFile(path: string, response: ServerResponse): Promise<void> {
	await suspend<void>((resume) => {
		pipeline(createReadStream(path), response, (error) => {
			if (error) resume.throw(error);
			else resume();
		});
		return () => {
			response.destroy();
		};
	});
}

function refuse(response: ServerResponse, status: number, reason: string): void {
	response.writeHead(status, { "content-length": 0, [reasonHeader]: encodeURIComponent(reason) }).end();
}

/** The decoded path of a request, relative; `undefined` if it cannot be decoded. `..` is left for `locate` to refuse. */
function pathOf(url: string): string | undefined {
	try {
		return decodeURIComponent(url.replace(/[?#].*$/s, "")).replace(/^\/+/, "");
	} catch {
		return undefined;
	}
}

/** The address of a path below the folder. */
export function encodePath(path: string): string {
	return `/${path.split("/").map(encodeURIComponent).join("/")}`;
}

const types: Readonly<Record<string, string>> = {
	".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".json": "application/json",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
};

function contentType(path: string): string {
	const kind = documentKind(path);
	if (kind !== undefined) return `text/${kind}; charset=utf-8`;
	return types[extname(path).toLowerCase()] ?? "application/octet-stream";
}
