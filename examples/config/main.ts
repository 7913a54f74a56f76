/** The same configurations over HTTP: `holdfast run examples/config/main.ts . 8080`, then `GET /src/main.ts`. */
"use structured";

import { join } from "node:path";
import { serveHttp } from "@holdfast/node";
import { ConfigError, configFor } from "./load-config.ts";

export default async function main([folder = ".", port = "8080"]: string[]): Promise<void> {
	await serveHttp({
		port: Number(port),
		fetch: async (request) => await answer(join(folder, decodeURIComponent(new URL(request.url).pathname))),
		onListening: ({ url }) => console.log(`configurations on ${url}`),
	});
}

async function answer(file: string): Promise<Response> {
	try {
		return Response.json(await configFor(file));
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return Response.json({ error: error.message }, { status: 422 });
	}
}
