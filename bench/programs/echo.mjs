/** An echo server, as one writes it. */
import { serve } from "@holdfast/node";

async function echo(stream) {
	for (;;) {
		const chunk = await stream.read();
		if (chunk === undefined) {
			return;
		}
		await stream.write(chunk);
	}
}

export async function serveEcho(onListening) {
	await serve(echo, { port: 0, onListening });
}
