import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../usage.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { diagnose } from "./doctor.ts";
import { outlivingReport, report, statistics } from "./report.ts";

/** What `holdfast doctor` is asked for. */
export interface DoctorCommand {
	readonly kind: "doctor";
	readonly folder: string;
	readonly json: boolean;
	readonly stats: boolean;
	readonly outliving: boolean;
}

/**
 * `holdfast doctor`: what compiles a project, and what is wrong. Gives the exit code: 1 if there is a problem.
 *
 * @throws UsageError if there is no such folder
 */
export function doctor({ folder, json, stats, outliving }: DoctorCommand): number {
	const path = resolve(folder);
	const found = statSync(path, { throwIfNoEntry: false });
	if (found === undefined) throw new UsageError(`${folder} does not exist. Name the folder of a project.`);
	if (!found.isDirectory()) throw new UsageError(`${folder} is no folder. Name the folder of a project.`);
	const diagnosis = diagnose(path);
	process.stdout.write(
		json
			? `${JSON.stringify(diagnosis, null, "\t")}\n`
			: stats || outliving
				? [stats ? statistics(diagnosis) : "", outliving ? outlivingReport(diagnosis) : ""].filter(Boolean).join("\n")
				: report(diagnosis),
	);
	return hasProblem(diagnosis) ? 1 : 0;
}

function hasProblem({ findings }: Diagnosis): boolean {
	return findings.some(({ level }) => level === "problem");
}
