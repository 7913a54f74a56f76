/** A link checker for Markdown and HTML: `holdfast run examples/linkcheck/main.ts [folder] [options]`. */
"use structured";

import { withTaskGroup } from "holdfast";
import { help, parseArguments, UsageError } from "./arguments.ts";
import { checkFolder } from "./check.ts";
import { openFolder } from "./files.ts";
import { showProgress } from "./progress.ts";
import { Report } from "./report.ts";
import { serveFolder } from "./server.ts";

/** @returns the exit code. */
export default async function main(args: string[]): Promise<number> {
	try {
		const options = parseArguments(args);
		if (options === "help") {
			await print(help);
			return 0;
		}
		const folder = await openFolder(options.folder);
		const report = new Report(folder);
		try {
			await withTaskGroup(async (services) => {
				const origin = await services.start(serveFolder, folder);
				services.spawn(showProgress, report, process.stderr);
				await checkFolder(folder, origin, options, report);
				report.complete = true;
				services.cancel("everything has been checked");
			});
		} finally {
			// Ctrl-C comes this way too: the services have ended, and what was found so far is worth seeing.
			await print(options.json ? report.toJson() : report.toText());
		}
		return options.strict && report.broken > 0 ? 1 : 0;
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		process.stderr.write(`linkcheck: ${error.message}\n`);
		return 2;
	}
}

/** Returns once the text has left, or once it is clear that nobody reads it, as with `| head`. */
async function print(text: string): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const done = (error?: NodeJS.ErrnoException | null) => {
			if (error && error.code !== "EPIPE") reject(error);
			else resolve();
		};
		process.stdout.once("error", done);
		process.stdout.write(text, done);
	});
}
