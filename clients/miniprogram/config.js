/* 两处要改：公众网页的地址（小程序后台要把它加进 request 和 uploadFile 合法域名），公司的统一社会信用代码。 */
module.exports = {
  host: "https://complaints.example.com",
  company: "91330106000000043D",
};
