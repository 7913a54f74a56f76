import remapping from "@jridgewell/remapping";
import type { SourceMap } from "../source-map.ts";
import { type TransformOptions, type TransformResult, transform } from "../transform.ts";
import { markOutliving } from "./mark.ts";

/** `HOLDFAST_OUTLIVING=1`, or the name of a file: tasks that outlive the function that started them are noted. */
export function isMeasured(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
	const { HOLDFAST_OUTLIVING: value } = environment;
	return value !== undefined && value !== "" && value !== "0";
}

/** {@link transform}, for the loader and the plugins; with marks in the code if the environment asks for a measurement. */
export function transformFile(code: string, options: TransformOptions): TransformResult {
	const result = transform(code, options);
	if (!result.changed || !isMeasured()) return result;
	const marked = markOutliving(code, options);
	if (marked === undefined) return result;
	const compiled = transform(marked.code, options);
	if (compiled.map === null) return { ...result, code: compiled.code };
	const map = remapping([compiled.map, marked.map] as unknown as Parameters<typeof remapping>[0], () => null);
	return { ...result, code: compiled.code, map: JSON.parse(map.toString()) as SourceMap };
}
