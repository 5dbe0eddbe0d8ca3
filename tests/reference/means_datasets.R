# Tests of means on R's own data sets, each dealt out to three sites as one table.
source("common.R")
one <- function(h) c(list(std_error = h$stderr), tidy_test(h, unname(h$estimate)))
two <- function(h) {
	m <- unname(h$estimate)
	c(list(estimate1 = m[1], estimate2 = m[2], std_error = h$stderr), tidy_test(h, m[1] - m[2]))
}
aov_of <- function(f, d) {
	a <- anova(lm(f, d))
	list(statistic = a$F[1], df1 = a$Df[1], df2 = a$Df[2], p_value = a$P[1], ss_between = a$Sum[1], ss_within = a$Sum[2])
}
tooth <- data_set("tooth_growth")
tooth$supp <- factor(tooth$supp, c("OJ", "VC"))
sleep <- data_set("sleep")
plant <- data_set("plant_growth")
chick <- data_set("chickwts")
spray <- data_set("insect_sprays")
iris <- data_set("iris")
air <- data_set("airquality")

reference("tooth_welch", two(t.test(len ~ supp, tooth)))
reference("tooth_student", two(t.test(len ~ supp, tooth, var.equal = TRUE)))
reference("sleep_paired", one(t.test(sleep$drug1, sleep$drug2, paired = TRUE)))
reference("plant", aov_of(weight ~ group, plant))
reference("chick", aov_of(weight ~ feed, chick))
reference("spray", aov_of(count ~ spray, spray))
reference("iris_sepal", aov_of(Sepal.Length ~ Species, iris))
reference("iris_petal", aov_of(Petal.Length ~ Species, iris))
reference("ozone", one(t.test(air$Ozone)))
reference("ozone_by_month", aov_of(Ozone ~ factor(Month), air))
write_reference()
