// Bare names as pages use them: "grid/…" is our static folder.
import { register } from "node:module";

const hook = `export function resolve(name, context, next) {
  return next(name.startsWith("grid/") ? new URL("../../map_ui/static/map_ui/" + name.slice(5), ${JSON.stringify(import.meta.url)}).href : name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
