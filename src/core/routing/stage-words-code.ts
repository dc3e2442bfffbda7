import type { WordsByLanguage } from './word-list.ts';

/** What people say when they want code: the words that ask for it, those that only go with it, and what is software. */

export const codeWords: WordsByLanguage = {
  en: `
      sort out, get rid of, gimme, give me a script, give me a function, give me code, hook the, turn this into,
      turn that into, turn it into, convert it, make it, switch to, should be, needs to be, i need the, i need a,
      need the, don t let, get the, put a, put the, merge the, clean up, tidy up, split the, extract a, expose,
      log the, cache the, disable, enable, hide, show a, validate, format the, pin, revert, undo, scaffold,
      bootstrap, automate, parse, code for, how do i, how can i, how to, getting a, keeps, can t get, write,
      implement, implementing, fix, add, create, rename, refactor, convert, port, remove, delete, update, bump,
      upgrade, generate, complete, set up, setup, install, wire up, hook up, build, debug, patch, resolve, replace,
      wrap, extract, inline, translate this, rewrite, code up, get them green, make it work, make the, make this,
      write tests, write unit tests, move, go ahead, apply, drop, migrate, swap, need a script, need a function,
      help me fix`,
  de: `
      soll, sollen, sollte, mach, mache, lass, verschiebe, verstecke, blende, sortier*, zeig*, verbinde, wandle,
      tausch*, räum*, bring, stell um, richte, kommt ein fehler, schreib, schreibe, schreiben sie, implementier*,
      programmier*, behebe, behebt, reparier*, füge, ergänze, erstelle, baue, bau, lösche, entferne, ändere, ersetze,
      benenne, refaktorisier*, korrigier*, setze um, konvertier*, aktualisier*, füg`,
  fr: `
      transforme*, fais en sorte, fais, affiche, masque, trie, déplace, branche, renvoie, désactive, rends, nettoie,
      sépare, écris, écrivez, implémente*, ajoute*, corrige*, répare*, crée, supprime*, remplace*, renomme*,
      refactorise*, convertis, génère*, mets à jour, développe, modifie*, installe`,
  es: `
      haz que, haz, transforma*, muestra, oculta, ordena, mueve, conecta, desactiva, activa, quita, pon, limpia,
      separa, pasa, devuelve, mete, escribe*, implementa*, arregla*, corrige*, añade*, agrega*, crea, elimina*,
      borra, cambia*, reemplaza*, renombra*, refactoriza*, convierte*, genera*, actualiza*, instala*`,
  pt: `
      troca, troque, faz com que, faça, transforma*, mostra, mostre, esconde, ordena, move, liga, desativa, ativa,
      tira, põe, coloca, coloque, limpa, separa, passa, devolve, escreve, escreva, implementa*, implemente, adiciona,
      adicione, corrige, corrija, conserta, cria, crie, remove, remova, apaga, altera, altere, substitui*, refatora*,
      converte, converta, gera, gere, atualiza, atualize, instala*`,
  it: `
      fai in modo, fai, trasforma*, mostra, nascondi, ordina, sposta, collega, disattiva, attiva, togli, metti,
      pulisci, separa, passa, cambia, restituisci, scrivi, scrivimi, implementa*, aggiungi, correggi, sistema questo,
      sistema il, ripara, crea, rimuovi, elimina, modifica, sostituisci, rinomina, rifattorizza, converti, genera,
      aggiorna, installa`,
  nl: `
      zorg dat, zorg ervoor, maak dat, toon, verberg, sorteer, verplaats, koppel, schakel, haal, zet, ruim op,
      splits, verander, laat de, schrijf, implementeer, voeg, los deze, los dit, los het, repareer, herstel,
      maak een functie, maak een script, verwijder, wijzig, vervang, hernoem, bouw, zet om, genereer, werk bij,
      installeer, programmeer`,
  pl: `
      zrób, zrób tak, pokaż, ukryj, posortuj, przenieś, podłącz, wyłącz, włącz, wyczyść, podziel, przerób, ustaw,
      wstaw, zastąp, napisz, zaimplementuj, dodaj, popraw, napraw, stwórz, utwórz, usuń, zmień, zamień, przepisz,
      wygeneruj, zaktualizuj, zainstaluj, zrefaktoryzuj`,
  ru: `
      сделай*, покажи*, скрой*, отсортируй*, перенеси*, подключи*, отключи*, включи*, убери*, очисти*, вынеси*,
      поменяй*, переделай*, настрой*, поправь*, допиши*, вставь*, напиши*, реализуй*, исправь*, почини*, добавь*,
      создай*, удали*, замени*, переименуй*, перепиши*, сгенерируй*, обнови*, установи*, отрефактори*, измени*`,
  uk: `
      зроби*, покажи*, сховай*, відсортуй*, перенеси*, підключи*, вимкни*, увімкни*, прибери*, очисти*, винеси*,
      поміняй*, перероби*, налаштуй*, поправ*, допиши*, встав*, напиши*, реалізуй*, виправ*, полагодь*, додай*,
      створи*, видали*, заміни*, перейменуй*, перепиши*, згенеруй*, онови*, встанови*, зміни`,
  tr: `
      ekler misin, yapar mısın, göster, gizle, sırala, taşı, bağla, kapat, aç, temizle, ayır, çevir, düzenle, hallet,
      getir, yaz, yazar mısın, yazın, ekle, eklesene, düzelt, düzeltir misin, oluştur, sil, kaldır, değiştir,
      dönüştür, uygula, güncelle, kur, gerçekleştir, kodla`,
  zh: `
      把这, 改为, 换成, 加一个, 加上, 加个, 去掉, 显示, 隐藏, 排序, 移动, 禁用, 启用, 拆分, 做一个, 做个, 转换, 写一个, 写个, 编写, 实现, 修复, 修改, 添加, 增加, 创建, 删除,
      重构, 重命名, 替换, 生成, 更新, 改成, 安装, 帮我写, 解决这个`,
  ja: `
      ようにして, してほしい, にして, 変えて, 表示して, 隠して, 並べ替えて, 移動して, 分割して, 外して, つけて, 入れて, 置換して, 対応して, 実装して, 書いて, 直して, 修正して, 追加して,
      作成して, 作って, 削除して, 変更して, 置き換えて, リファクタ, 変換して, 生成して, 更新して`,
  ko: `
      되게 해*, 하게 해*, 보이게*, 숨겨*, 정렬*, 옮겨*, 연결해*, 넣어*, 빼 줘*, 나눠*, 분리해 줘, 적용해*, 설정해*, 처리해*, 구현*, 작성해*, 고쳐*, 수정해*, 추가해*,
      만들어*, 삭제해*, 변경해*, 바꿔*, 리팩터*, 리팩토*, 생성해*, 업데이트해*, 짜 줘, 짜줘`,
  hi: `
      जोड़ दो, जोड़ो, कर दो, बना दो, दिखाओ*, छिपाओ*, क्रमबद्ध*, लगाओ*, लगा दो, निकालो*, डालो*, डाल दो, लिखो, लिखिए,
      लिख दो, ठीक करो, ठीक कर*, सुधारो, हटाओ, बदलो, लागू करो, इम्प्लीमेंट*, अपडेट*`,
  ar: `
      اجعل, أظهر, أخف, رتب, انقل, اربط, عطل, فعل, أزل, ضع زر, بدل, غير, قسم الكود, اكتب, أكتب, أصلح, اصلح, أضف, اضف,
      أنشئ, انشئ, احذف, عدل, عدّل, استبدل, نفذ, نفّذ, حول, ولّد, حدث الكود, برمج`,
};

export const codeHintWords: WordsByLanguage = {
  en: `
      function, script, endpoint, error, exception, failing, fails, broken, crash*, doesn t work, not working,
      never ends, button, flag, test, tests, component, snippet, bug, the build, linter, when i run, faster, regex,
      class, types, use, change, handle`,
  de: `funktion, klasse, skript, fehler, test*, schaltfläche`,
  fr: `fonction, script, bug, erreur, composant`,
  es: `función, script, error, test, componente, falla`,
  pt: `função, script, erro, componente, teste*`,
  it: `funzione, script, errore, componente, supporto`,
  nl: `functie, script, fout, zoekveld, component, knop`,
  pl: `funkcj*, skrypt, błąd, kompilacji, test*`,
  ru: `функци*, скрипт*, ошибк*, тест*`,
  uk: `функці*, скрипт*, помилк*, тест*, форм*`,
  tr: `fonksiyon*, hata*, betik, test*`,
  zh: `函数, 报错, 脚本, 组件, 错误`,
  ja: `関数, エラー, スクリプト, コンポーネント, api`,
  ko: `함수*, 오류*, 스크립트*, 컴포넌트*, 버튼*`,
  hi: `फ़ंक्शन*, त्रुटि*, स्क्रिप्ट*`,
  ar: `دالة, الخطأ, خطأ, سكربت`,
};

export const softwareWords: WordsByLanguage = {
  en: `
      software, tool, plugin*, stack, search, upload*, download*, payment*, permission*, role*, monolith, tenant*,
      dashboard, notification*, email template, analytics, offline mode, editor, realtime, real time, webhook*, sdk,
      version*, public events, users, admin, mobile, web app, website, code, api, apis, app, repo, repository,
      branch, commit, deploy*, server, database, db, table, column, row, rows, schema, frontend, backend, service*,
      microservice*, module*, library, package, dependency, dependencies, framework, page, form, modal, sidebar,
      dropdown, menu, header, footer, navbar, endpoint*, route, request*, response, login, logout, auth, token*,
      session*, cache, caching, queue, worker, cron, docker, kubernetes, terraform, ci, build, lint*, unit test*,
      algorithm*, array, loop, string, object, json, csv, yaml, html, css, sql, react, vue, angular, node, python,
      java, rust, golang, typescript, javascript, php, django, rails, spring, postgres, mysql, redis, config*, env,
      variable*, method*, interface*, parser, compiler, github, gitlab, pr, feature*, push notification*, websocket*,
      serverless, sprint, ticket*, adr`,
  de: `
      code, anwendung, datenbank, tabelle, spalte, liste, formular, seite, knopf, dienst, schnittstelle, modul*,
      abfrage*, server, app, pwa`,
  fr: `
      code, application, base de données, tableau, colonne, liste, formulaire, page, bouton, service*, interface,
      module*, requête*, serveur, boucle, classe, nosql`,
  es: `
      código, aplicación, base de datos, tabla, columna, lista, formulario, página, botón, servicio*, interfaz,
      módulo*, consulta*, servidor, flujo, errores, clase`,
  pt: `
      código, aplicação, aplicativo, base de dados, banco de dados, tabela, coluna, lista, formulário, página, botão,
      serviço*, módulo*, consulta*, servidor, ficheiro, arquivo, classe`,
  it: `
      codice, applicazione, database, tabella, colonna, lista, elenco, modulo, pagina, pulsante, bottone, menu,
      servizi*, query, server, classe, algoritmo`,
  nl: `
      code, toepassing, applicatie, databank, tabel, kolom, lijst, formulier, pagina, knop, dienst*, module*, query*,
      server, klasse`,
  pl: `
      kod*, aplikacj*, baz* danych, tabel*, kolumn*, lista, listę, listy, formularz*, strona, strony, stronę,
      stronie, przycisk*, usług*, moduł*, zapytani*, serwer*, klas*`,
  ru: `
      код*, приложени*, баз* данных, таблиц*, столб*, списо*, списк*, форм*, страниц*, кнопк*, сервис*, микросервис*,
      модул*, запрос*, сервер*, класс*, утечк*`,
  uk: `
      код*, застосун*, баз* даних, таблиц*, стовп*, списо*, списк*, форм*, сторінк*, кнопк*, сервіс*, мікросервіс*,
      модул*, запит*, сервер*, клас*`,
  tr: `
      kod*, uygulama*, veritaban*, tablo*, sütun*, liste*, form, formu, sayfa*, düğme*, buton*, servis*, modül*,
      sorgu*, sunucu*, sınıf*, proje*`,
  zh: `代码, 应用, 数据库, 表格, 列表, 表单, 页面, 按钮, 服务, 接口, 模块, 查询, 服务器, 功能, 注入, 分页, 项目`,
  ja: `コード, アプリ, データベース, テーブル, 列, 一覧, フォーム, ページ, ボタン, サービス, モジュール, クエリ, サーバー, 機能, モーダル, 画面, 書き方`,
  ko: `코드*, 앱*, 데이터베이스*, 테이블*, 열*, 목록*, 폼*, 페이지*, 서비스*, 모듈*, 쿼리*, 서버*, 기능*, 화면*, 프로젝트*`,
  hi: `कोड*, ऐप*, डेटाबेस*, तालिका*, सूची*, फ़ॉर्म*, पेज*, बटन*, सर्विस*, मॉड्यूल*, सर्वर*, खोज*`,
  ar: `
      الكود, كود, التطبيق, تطبيق, قاعدة البيانات, جدول, قائمة, نموذج, صفحة, زر, خدمة, وحدة, استعلام, الاستعلام,
      الخادم`,
};
