// Megabytes of source a second, warm, and the files that take longest for their size.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mayNeedTransform, transform } from "@holdfast/compiler";
import { formatOf } from "./measure.mjs";
import { sourceFiles, unpack } from "./unpack.mjs";

/** The smallest file, in characters, whose time for its size says something. */
const smallest = 8000;

/** Times are the processor's, which other programs disturb less; of each file the best of all passes. */
export function measureSpeed(packages, passes) {
	const files = packages.flatMap((entry) => {
		const root = unpack(entry);
		return sourceFiles(root, entry.files).flatMap((file) => {
			const path = join(root, file);
			const source = readFileSync(path, "utf8");
			const options = { filename: path, root, format: formatOf(path, root) };
			return mayNeedTransform(source) ? [{ name: `${entry.name}/${file}`, source, options, best: Infinity }] : [];
		});
	});
	const passed = [];
	for (let pass = 0; pass < passes; pass++) {
		const before = process.cpuUsage();
		for (const file of files) {
			const start = process.cpuUsage();
			transform(file.source, file.options);
			file.best = Math.min(file.best, millisecondsSince(start));
		}
		passed.push(millisecondsSince(before));
	}
	const bytes = files.reduce((sum, { source }) => sum + Buffer.byteLength(source), 0);
	const best = files.reduce((sum, file) => sum + file.best, 0);
	const slowest = files
		.filter(({ source }) => source.length >= smallest)
		.map(({ name, source, best }) => ({
			name,
			kilobytes: source.length / 1024,
			perKilobyte: (best / source.length) * 1024,
		}))
		.sort((a, b) => b.perKilobyte - a.perKilobyte)
		.slice(0, 5);
	return { files: files.length, bytes, passed, best, slowest };
}

function millisecondsSince(start) {
	const { user, system } = process.cpuUsage(start);
	return (user + system) / 1000;
}

/** @param {ReturnType<typeof measureSpeed>} result */
export function speedLines({ files, bytes, passed, best, slowest }) {
	const rate = (milliseconds) => `${(bytes / 1000 / milliseconds).toFixed(1)} MB/s`;
	return [
		`${files} files, ${(bytes / 1e6).toFixed(1)} MB of source, with source maps; processor time`,
		`passes over all: ${passed.map(rate).join(", ")}; the sum of each file's best: ${rate(best)}`,
		...slowest.map(
			({ name, kilobytes, perKilobyte }) =>
				`  ${(perKilobyte * 1000).toFixed(0)} µs a KB: ${name} (${kilobytes.toFixed(0)} KB)`,
		),
	].join("\n");
}
