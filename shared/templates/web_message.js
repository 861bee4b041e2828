const response = {};
for (const input of document.querySelectorAll("input")) response[input.name] = input.value;
(window.opener || window.parent).postMessage(
  { type: "authorization_response", response },
  document.body.dataset.targetOrigin,
);
