package main

import (
	"regexp"
	"slices"
	"strings"
)

// Public mail providers are domains whose addresses have nothing in common:
// there, an owner is an organization of one.

// providerFamilies are providers with a domain in many countries: yahoo.it,
// yahoo.co.jp.
var providerFamilies = strings.Fields(`
	aol fastmail gmail gmx googlemail hotmail live outlook posteo protonmail
	rocketmail tuta tutanota yahoo yandex ymail zoho`)

// providers are the others.
var providers = strings.Fields(`
	163.com 126.com 139.com aliyun.com daum.net foxmail.com hanmail.net nate.com
	naver.com qq.com rediffmail.com sina.com yeah.net
	duck.com hey.com hushmail.com icloud.com mac.com mail.com me.com msn.com
	pm.me proton.me runbox.com tutamail.com zohomail.com zohomail.eu
	att.net bellsouth.net charter.net comcast.net cox.net earthlink.net
	sbcglobal.net shaw.ca sympatico.ca verizon.net
	bigpond.com optusnet.com.au xtra.co.nz
	blueyonder.co.uk btinternet.com btopenworld.com ntlworld.com sky.com
	talktalk.net virginmedia.com eircom.net
	arcor.de email.de freenet.de mail.de mailbox.org online.de t-online.de web.de
	aon.at bluewin.ch hispeed.ch
	bbox.fr free.fr laposte.net neuf.fr numericable.fr orange.fr sfr.fr wanadoo.fr
	skynet.be telenet.be
	hetnet.nl home.nl kpnmail.nl xs4all.nl ziggo.nl
	alice.it libero.it tin.it tiscali.it virgilio.it
	ono.com telefonica.net terra.es sapo.pt
	bol.com.br ig.com.br terra.com.br uol.com.br prodigy.net.mx
	interia.pl o2.pl onet.pl op.pl wp.pl centrum.cz email.cz seznam.cz
	bk.ru inbox.ru internet.ru list.ru mail.ru rambler.ru ya.ru i.ua ukr.net
	online.no comhem.se`)

// country is what follows the name of a family: com, de, co.uk, com.br.
var country = regexp.MustCompile(`^([a-z]{2,3}|(co|com|ne|net|or|org)\.[a-z]{2})$`)

// publicProvider reports whether anybody can have an address at domain.
func publicProvider(domain string) bool {
	family, rest, _ := strings.Cut(domain, ".")
	return slices.Contains(providers, domain) || slices.Contains(providerFamilies, family) && country.MatchString(rest)
}
