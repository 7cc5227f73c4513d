/**
 * Of a question that is asked again and again only the last answer counts: one that comes late is of another page, or was for a reader
 * who has signed out since.
 *
 * Call what this gives where a question begins; the function that it gives then tells whether it is still the last one.
 */
export function lastAsked() {
  let asked = 0;
  return () => {
    asked += 1;
    const mine = asked;
    return () => mine === asked;
  };
}
