// What a page asks of the server, and asks it to do.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Ask, or with a body do. What is refused is thrown, with the reason. @param {string} path @param {object} [body] */
export async function ask(path, body) {
  const change = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`/api/${path}`, body && change).catch(() => null);
  if (!answer) throw new Error("the console's server does not answer");
  const text = await answer.text();
  const told = answer.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : { error: text };
  if (!answer.ok) throw new Error(told.error);
  return told;
}

/** What a path answers, why it does not, and how a page asks again. It is asked when the page is shown, and when the
 * path changes. @param {string} path */
export function useAsked(path) {
  const told = useSignal(null);
  const problem = useSignal("");
  const isAsking = useSignal(false);
  const run = async (asking) => {
    isAsking.value = true;
    try {
      const answer = await asking();
      problem.value = "";
      return answer;
    } catch (refused) {
      problem.value = refused.message;
      return null;
    } finally {
      isAsking.value = false;
    }
  };
  const load = async () => {
    const answer = path ? await run(() => ask(path)) : null;
    if (answer) told.value = answer;
  };
  useEffect(() => {
    told.value = null;
    load();
  }, [path]);
  return { told, problem, isAsking, load, run };
}

/** Why a page has no buttons that change anything. */
export const READ_ONLY = "This console only looks. With --operate, whoever starts it can also change the stage.";
