import type { Finding, Tool } from "./diagnosis.ts";
import type { Project } from "./project.ts";

/** Runners of tests that listen for unhandled rejections themselves, and the set-up that keeps theirs and Holdfast's apart. */
const setUps = [
	{ name: "Vitest", setUp: "@holdfast/testing/vitest", key: "test.setupFiles", dependency: "vitest" },
	{ name: "Jest", setUp: "@holdfast/testing/jest", key: "setupFilesAfterEnv", dependency: "jest" },
];

/** Whether tests of functions that own tasks get the failures that are theirs, and only those. */
export function checkTests(project: Project, tools: readonly Tool[]): Finding[] {
	const { dependencies } = project.manifest;
	return setUps.flatMap(({ name, setUp, key, dependency }): Finding[] => {
		if (!(dependency in dependencies)) return [];
		const where =
			tools.find((tool) => tool.name === name)?.where ??
			(name === "Vitest" ? tools.find((tool) => tool.name === "Vite")?.where : undefined);
		const isThere = project.files.some(
			(file) => /\.(?:[cm]?[jt]sx?|json)$/.test(file) && project.text(file).includes(setUp),
		);
		if (isThere) return [];
		return [
			{
				code: "test-set-up-missing",
				level: "note",
				message: `${name} listens for unhandled rejections, too: it would report failures of tasks that their owners take.`,
				mend: `Install @holdfast/testing and add "${setUp}" to ${key}${where === undefined ? "" : ` in ${where}`}.`,
			},
		];
	});
}
