# data.R: writes the tables of data/ that come from R's own data sets, with a column `site` of 1 to 3
# where they have no sites of their own.
out <- function(d, name) {
	d <- as.data.frame(lapply(d, function(x) if (is.factor(x)) as.character(x) else x))
	d$site <- rep_len(1:3, nrow(d))
	write.csv(d, file.path("data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
}

# One row for each that a table counts.
people <- function(t) {
	d <- as.data.frame(t)
	d[rep(seq_len(nrow(d)), d$Freq), names(d) != "Freq"]
}

out(airquality, "airquality")
out(as.data.frame(chickwts), "chickwts")
out(InsectSprays, "insect_sprays")
out(iris, "iris")
out(cbind(iris[1:4] / 10000, iris[5]), "iris_small")
out(longley, "longley")
out(mtcars, "mtcars")
out(PlantGrowth, "plant_growth")
out(data.frame(drug1 = sleep$extra[1:10], drug2 = sleep$extra[11:20]), "sleep")
out(ToothGrowth, "tooth_growth")
out(infert, "infert")
out(warpbreaks, "warpbreaks")
out(people(HairEyeColor), "hair_eye_color")
out(people(UCBAdmissions), "ucb_admissions")
out(survival::pbc[c("time", "status", "age", "edema", "bili", "albumin", "protime", "sex")], "pbc")
out(survival::veteran, "veteran")
out(MASS::birthwt, "birthwt")
