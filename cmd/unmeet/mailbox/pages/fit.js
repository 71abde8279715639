"use strict";
// The mail is as high as it needs; without a script it scrolls.
const mail = document.getElementById("mail");
const fit = () => {
  const page = mail.contentDocument && mail.contentDocument.documentElement;
  if (page) {
    mail.style.height = "0";
    mail.style.height = page.scrollHeight + 2 + "px";
  }
};
mail.addEventListener("load", fit);
window.addEventListener("resize", fit);
fit();
