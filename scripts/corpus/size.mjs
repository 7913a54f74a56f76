// Bytes of compiled against native code, minified and gzipped as one text per package.
import { gzipSync } from "node:zlib";
import { lowered } from "./measure.mjs";

export class SizeOf {
	#native = [];
	#compiled = [];

	add(path, source, code) {
		this.#native.push(lowered(source, path, true));
		this.#compiled.push(lowered(code, path, true));
	}

	measure() {
		return { native: bytesOf(this.#native), compiled: bytesOf(this.#compiled) };
	}
}

function bytesOf(texts) {
	const text = texts.join("");
	return { minified: Buffer.byteLength(text), gzipped: gzipSync(text, { level: 9 }).length };
}

/** The sum over packages: each is shipped by itself. */
export function sumOf(sizes) {
	const sum = { native: { minified: 0, gzipped: 0 }, compiled: { minified: 0, gzipped: 0 } };
	for (const size of sizes)
		for (const side of ["native", "compiled"])
			for (const kind of ["minified", "gzipped"]) sum[side][kind] += size[side][kind];
	return sum;
}
