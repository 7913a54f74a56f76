/** The name of a section of package.json. */
export type Section = "dependencies" | "devDependencies";

/** Adds entries that are not there yet, in order of the alphabet; layout and all else stay. */
export function editManifest(
	text: string,
	entries: readonly { name: string; range: string; section: Section }[],
): string {
	const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
	for (const { name, range, section } of entries) {
		const sorted = Object.entries({ ...manifest[section], [name]: range }).sort(([a], [b]) => (a < b ? -1 : 1));
		manifest[section] = Object.fromEntries(sorted);
	}
	const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? "\t";
	const end = /\n$/.test(text) ? "\n" : "";
	return JSON.stringify(manifest, null, indent) + end;
}
